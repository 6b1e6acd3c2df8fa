// Pictures of our own for the server: made small enough first.

/** In characters of base64, as docs/protocol.md allows. */
const LONGEST_DATA = 196_608;
const SIDES = [1280, 960, 640, 480, 320, 160];
/** With transparency where the browser writes it small; what it does not know comes back as PNG. */
const WRITTEN = {type: "image/webp", quality: 0.85};

/**
 * @param {Blob} file any picture that this browser reads
 * @returns {Promise<string>} base64; rejects when it is no picture
 */
export const shrinkPicture = async (file) => {
  const bitmap = await createImageBitmap(file);
  try {
    for (const side of SIDES) {
      const data = await toBase64(await scaled(bitmap, side));
      if (data.length <= LONGEST_DATA) return data;
    }
  } finally {
    bitmap.close();
  }
  throw new RangeError("The picture does not get small enough.");
};

/**
 * @param {ImageBitmap} bitmap
 * @param {number} side the longer one, at most
 * @returns {Promise<Blob>}
 */
const scaled = async (bitmap, side) => {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext("2d")?.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob(WRITTEN);
};

/** @param {Blob} blob */
const toBase64 = async (blob) => {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
};
