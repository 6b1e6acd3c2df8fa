// Names for what this page makes. getRandomValues is there on pages that are not secure, too; randomUUID is not.

/** @returns {string} 96 random bits */
export const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
};
