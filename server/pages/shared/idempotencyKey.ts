/** One key for one press of a button: what makes a double tap or a retry give one ticket. */

/** The value of an `Idempotency-Key` header. */
export type Press = string & { readonly press: unique symbol };

/**
 * Makes the key of one press: 128 random bits in hex.
 * `crypto.getRandomValues` rather than `randomUUID`, which plain HTTP on a LAN address does not have.
 */
export function press(): Press {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("") as Press;
}
