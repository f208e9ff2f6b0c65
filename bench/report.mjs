// Figures of several rounds, and the table of them.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** Four digits are kept, so that the ratio is that of the numbers which the table shows. */
const rounded = (value) => Number(value.toPrecision(4));

/** One line of the table, from the figures of all rounds; null where the baseline was not to be had. */
export function lineOf({ value, baseline, unit, goal }, figures) {
  const line = { value, unit, latchkey: rounded(median(figures[value])), goal };
  if (baseline === undefined) return line;
  if (figures[baseline] === undefined) return null;
  const ofBaseline = rounded(median(figures[baseline]));
  const ratios = figures[value].map((each, round) => each / figures[baseline][round]);
  return {
    ...line,
    baseline,
    ofBaseline,
    ratio: rounded(line.latchkey / ofBaseline),
    spread: [Math.min(...ratios), Math.max(...ratios)].map(rounded),
  };
}

export function printTable(lines) {
  console.log('| what | unit | Latchkey | baseline | its figure | ratio | each round | goal |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const line of lines) console.log(`| ${cells(line).join(' | ')} |`);
}

function cells({ value, unit, latchkey, baseline = '', ofBaseline, ratio, spread, goal = '' }) {
  const figure = (number) => number?.toLocaleString('en', { maximumFractionDigits: 3 }) ?? '';
  const rounds = spread?.map((each) => each.toFixed(2)).join('–') ?? '';
  return [value, unit, figure(latchkey), baseline, figure(ofBaseline), ratio?.toFixed(2) ?? '', rounds, goal];
}
