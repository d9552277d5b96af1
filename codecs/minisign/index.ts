export { describeNamesakes, distinctKeys } from './distinct-keys.js';
export { MinisignError } from './error.js';
export { fingerprint, publisherId } from './fingerprint.js';
export { formatKeyId, formatPublicKey, type PublicKey, parsePublicKey, publicKeyLine } from './public-key.js';
export {
  formatSecretKey,
  generateKeyPair,
  isEncrypted,
  parseSecretKey,
  type SecretKey,
  secretKeyOf,
} from './secret-key.js';
export { createSigner, type Signer, signDigest, signLegacy } from './sign.js';
export { formatSignature, parseSignature, type Signature, type SignatureAlgorithm } from './signature.js';
export { type SignedContent, verifySignature, verifyTrustedComment } from './verify.js';
