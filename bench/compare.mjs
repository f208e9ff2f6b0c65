// Latchkey beside its baselines, in one run, on one machine. Several rounds, the parts in turns, so that a machine that
// slows down does so for all of them. Prints a table of ratios, and writes it with all figures to bench/results.json.
import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import * as busy from './parts/busy.mjs';
import * as login from './parts/login.mjs';
import * as me from './parts/me.mjs';
import * as refresh from './parts/refresh.mjs';
import { cleanUp, pinThisProcess, placement } from './processes.mjs';
import { lineOf, printTable } from './report.mjs';
import { createStage } from './stage.mjs';

/**
 * Each a file with `measure(stage, note, seconds)`, which notes one round's figures by name, and `rows`, the lines of the
 * table made of them: { value, baseline?, unit, goal? }. `warmUp(stage)` where the servers stay from round to round.
 */
const parts = { me, refresh, login, busy };

export const partNames = Object.keys(parts);

/** Without names. Together they take about seven minutes. */
export const usualParts = ['me', 'refresh', 'login'];

/** Measures these parts; each measurement takes so many seconds. */
export async function compare(names, { seconds, rounds }) {
  pinThisProcess();
  const startedAt = Date.now();
  try {
    const figures = await measure(names, { seconds, rounds });
    const lines = names.flatMap((name) => parts[name].rows.map((row) => lineOf(row, figures))).filter(Boolean);
    printTable(lines);
    const took = Math.round((Date.now() - startedAt) / 1_000);
    const machine = `${cpus().length} × ${cpus()[0]?.model}, Node ${process.version}, ${placement}`;
    console.log(`${machine}; medians of ${rounds} rounds of ${seconds} s; ${took} s in all.`);
    const results = { machine, seconds, rounds, table: lines, figures };
    writeFileSync(new URL('results.json', import.meta.url), JSON.stringify(results, null, 2));
  } finally {
    await cleanUp();
  }
}

async function measure(names, { seconds, rounds }) {
  const stage = createStage();
  const figures = {};
  const note = (name, value) => {
    figures[name] ??= [];
    figures[name].push(value);
  };
  for (const name of names) await parts[name].warmUp?.(stage);
  for (let round = 1; round <= rounds; round++) {
    console.error(`round ${round} of ${rounds}`);
    for (const name of names) await parts[name].measure(stage, note, seconds);
  }
  return figures;
}
