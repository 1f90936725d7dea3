namespace Skep.Signing.Pem;

/// <summary>A block of a PEM file (RFC 7468).</summary>
/// <param name="Label">What it is said to be: <c>CERTIFICATE</c>.</param>
/// <param name="Der">The bytes in it; null where they are no base64.</param>
/// <param name="IsEncrypted">Whether a header says that they are encrypted (RFC 1421, section 4.6.1.1).</param>
public sealed record PemBlock(string Label, byte[]? Der, bool IsEncrypted);
