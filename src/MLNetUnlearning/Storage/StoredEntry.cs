namespace MLNetUnlearning.Storage;

/// <summary>Length and checksum of an entry of a file.</summary>
/// <param name="Length">Bytes, uncompressed.</param>
/// <param name="Sha256">SHA-256 of the bytes, in lower-case hexadecimal.</param>
internal sealed record StoredEntry(long Length, string Sha256);
