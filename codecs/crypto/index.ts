// nodeCrypto is not here but in codecs/node: this module runs in browsers.

export type { Blake2b512, Crypto, Hasher, ScryptParameters, Sha256 } from './crypto.js';
export { nobleCrypto } from './noble.js';
export { webCrypto } from './web.js';
