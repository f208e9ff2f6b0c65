// Stands in for `sha.js` in the bundle (see build.mjs): called with a kind of hash, as that is.
module.exports = require('node:crypto').createHash;
