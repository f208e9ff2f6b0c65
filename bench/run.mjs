// npm run bench: Latchkey beside its baselines. npm run bench -- growth: Latchkey beside itself with more accounts.
await import(process.argv[2] === 'growth' ? './growth.mjs' : './ratios.mjs');
