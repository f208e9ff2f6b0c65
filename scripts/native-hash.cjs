// Stands in for `sha.js` in the bundle (see build.mjs), for the one way in which Apollo calls it: hash one text, once.
const { hash } = require('node:crypto');

module.exports = (algorithm) => ({
  update: (text) => ({ digest: (encoding) => hash(algorithm, text, encoding) }),
});
