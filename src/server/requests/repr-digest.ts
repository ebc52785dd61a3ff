/** The header Repr-Digest (RFC 9530) of what has this hash, in hexadecimal: of the whole, also where a part of it is sent. */
export const reprDigest = (sha256: string): string => `sha-256=:${Buffer.from(sha256, "hex").toString("base64")}:`;
