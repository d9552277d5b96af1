// nodeCrypto is not here but in ./node.js: this module runs in browsers.
export type { Blake2b512, Crypto, Hasher, MaybePromise, ScryptParameters, Sha256 } from './crypto.js';
export { chain } from './maybe-promise.js';
export { nobleCrypto } from './noble.js';
export { webCrypto } from './web.js';
