// npm run bench: Latchkey beside its baselines.
// npm run bench -- me refresh --seconds 5 --rounds 3: these parts, longer, in fewer rounds.
// npm run bench -- growth: Latchkey beside itself with more accounts.
import { parseArgs } from 'node:util';
import { compare, partNames, usualParts } from './compare.mjs';

const options = { seconds: { type: 'string', default: '3' }, rounds: { type: 'string', default: '5' } };

function readArguments() {
  const { positionals, values } = parseArgs({ options, allowPositionals: true });
  const [seconds, rounds] = [Number(values.seconds), Number(values.rounds)];
  const known = positionals.every((name) => partNames.includes(name));
  if (!known || !(seconds > 0) || !(rounds >= 1)) throw new Error('Unknown part, or a number that is none.');
  return { names: positionals.length > 0 ? positionals : usualParts, seconds, rounds };
}

function argumentsOrUsage() {
  try {
    return readArguments();
  } catch (error) {
    console.error(
      `${error.message} Usage: npm run bench -- [growth | ${partNames.join(' ')}] [--seconds 3] [--rounds 5]`,
    );
    process.exit(2);
  }
}

if (process.argv[2] === 'growth') await import('./growth.mjs');
else {
  const { names, ...how } = argumentsOrUsage();
  await compare(names, how);
}
process.exit(0);
