export { batchRoot, FDT_OBJECT_ID, leafDigest, objectIdOf } from './batch-tree.js';
export {
  buildCertificate,
  CERTIFICATE_LENGTH,
  CertificateError,
  type CertificateFields,
  parseCertificate,
  type UplinkCertificate,
  verifyCertificate,
} from './certificate.js';
export {
  AuthError,
  authExtensionLength,
  type DatagramAuth,
  HET_AUTH,
  MAX_AUTH_DEPTH,
  parseAuth,
  writeAuthPlaceholder,
} from './ext-auth.js';
export { buildCertExtension, CERT_EXTENSION_LENGTH, HET_CERT, parseCertExtension } from './ext-cert.js';
export {
  formatCertificateFile,
  formatUplinkKey,
  formatUplinkPublicKey,
  generateUplinkKey,
  parseCertificateFile,
  parseUplinkKey,
  parseUplinkPublicKey,
  type UplinkKey,
  UplinkKeyError,
} from './key-files.js';
export { createRootCache, type RootCache } from './root-cache.js';
export { signBatch, type UnsignedDatagram } from './sign.js';
export {
  buildSuccession,
  buildSuccessionExtension,
  commitmentTo,
  formatSuccessions,
  HET_SUCCESSION,
  MAX_SUCCESSIONS,
  parseSuccession,
  parseSuccessionExtension,
  parseSuccessions,
  SUCCESSION_BODY_LENGTH,
  SUCCESSION_LENGTH,
  type Succession,
  SuccessionError,
  type SuccessionFields,
  verifySuccession,
} from './succession.js';
export { type SignedDatagram, verifyDatagram, verifyDatagrams } from './verify.js';
