/** Content that cannot be bundled, or a bundle that is damaged or unsafe to unpack. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}
