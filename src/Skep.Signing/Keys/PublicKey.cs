using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Skep.Signing.Keys;

/// <summary>A public key that the kernel can verify with: RSA of 2048 to 4096 bits, or ECDSA on P-256, P-384 or P-521.</summary>
public sealed class PublicKey : IEquatable<PublicKey>
{
    // crypto/rsa.c of the kernel takes no longer modulus; a shorter one is no protection (NIST SP 800-131A).
    private const int LeastRsaBits = 2048, MostRsaBits = 4096, MostExponentBytes = 8;
    private const byte Uncompressed = 4;

    // Modulus and exponent, or the coordinates of the point.
    private readonly byte[] _first, _second;
    private readonly string? _curve;

    private PublicKey(string? curve, byte[] first, byte[] second) => (_curve, _first, _second) = (curve, first, second);

    /// <summary>Whether it is an RSA key; else it is one of ECDSA.</summary>
    public bool IsRsa => _curve is null;

    /// <summary>What it is: <c>RSA-2048</c>, <c>P-256</c>.</summary>
    public string Name => _curve switch
    {
        null => $"RSA-{BitsOf(_first)}",
        KeyOid.P256 => "P-256",
        KeyOid.P384 => "P-384",
        _ => "P-521",
    };

    /// <summary>The hash that it signs: none that is shorter than a coordinate of its curve (RFC 5480, section 4).</summary>
    public SignatureHash Hash => _curve switch
    {
        KeyOid.P384 => SignatureHash.Sha384,
        KeyOid.P521 => SignatureHash.Sha512,
        _ => SignatureHash.Sha256,
    };

    /// <summary>Reads the SubjectPublicKeyInfo of a certificate or of a key.</summary>
    /// <param name="info">Its DER.</param>
    /// <param name="key">The key.</param>
    /// <param name="fault">Why it is none that is taken.</param>
    public static bool TryParse(ReadOnlyMemory<byte> info, [NotNullWhen(true)] out PublicKey? key, [NotNullWhen(false)] out string? fault)
    {
        key = null;
        try
        {
            var reader = new AsnReader(info, AsnEncodingRules.DER);
            AsnReader outer = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            AsnReader algorithm = outer.ReadSequence();
            string oid = algorithm.ReadObjectIdentifier();
            byte[] bits = outer.ReadBitString(out int unused);
            outer.ThrowIfNotEmpty();
            fault = $"its key is neither RSA nor ECDSA (algorithm {oid})";
            if (unused != 0) fault = "its public key is damaged";
            else if (oid == KeyOid.Rsa) key = OfRsa(bits, out fault);
            else if (oid == KeyOid.Ecdsa) key = OfPoint(algorithm, bits, out fault);
            if (key is null) return false;
            using AsymmetricAlgorithm opened = key.Open();
            fault = null;
            return true;
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            key = null;
            fault = $"its public key is damaged: {e.Message}";
            return false;
        }
    }

    /// <summary>Whether a signature is one of a content by this key.</summary>
    /// <param name="content">What was signed.</param>
    /// <param name="hash">The hash that the signature is over.</param>
    /// <param name="signature">PKCS #1 v1.5 for RSA, ECDSA-Sig-Value for ECDSA.</param>
    public bool Verifies(ReadOnlySpan<byte> content, SignatureHash hash, ReadOnlySpan<byte> signature)
    {
        using AsymmetricAlgorithm key = Open();
        try
        {
            return key is RSA rsa
                ? rsa.VerifyData(content, signature, hash.Algorithm(), RSASignaturePadding.Pkcs1)
                : ((ECDsa)key).VerifyData(content, signature, hash.Algorithm(), DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool Equals(PublicKey? other) =>
        other is not null && _curve == other._curve && _first.AsSpan().SequenceEqual(other._first)
            && _second.AsSpan().SequenceEqual(other._second);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as PublicKey);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_first);
        return hash.ToHashCode();
    }

    private static PublicKey? OfRsa(byte[] bits, out string fault)
    {
        var reader = new AsnReader(bits, AsnEncodingRules.DER);
        AsnReader numbers = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        byte[] modulus = Unsigned(numbers), exponent = Unsigned(numbers);
        numbers.ThrowIfNotEmpty();
        int length = BitsOf(modulus);
        fault = length is < LeastRsaBits or > MostRsaBits
            ? $"it has an RSA key of {length} bits ({LeastRsaBits} to {MostRsaBits} are taken)"
            : exponent.Length is 0 or > MostExponentBytes ? "its public key is damaged" : "";
        return fault.Length == 0 ? new PublicKey(null, modulus, exponent) : null;
    }

    private static PublicKey? OfPoint(AsnReader algorithm, byte[] point, out string fault)
    {
        bool isNamed = algorithm.HasData && algorithm.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier);
        string? curve = isNamed ? algorithm.ReadObjectIdentifier() : null;
        int size = SizeOf(curve);
        fault = FaultOfCurve(curve)
            ?? (point.Length != 1 + (2 * size) || point[0] != Uncompressed ? "its ECDSA key is not an uncompressed point" : "");
        return fault.Length == 0 ? new PublicKey(curve, point[1..(1 + size)], point[(1 + size)..]) : null;
    }

    /// <summary>Why a curve is not taken; null when it is.</summary>
    internal static string? FaultOfCurve(string? curve) => curve is null
        ? "its ECDSA key is not on a named curve (P-256, P-384 and P-521 are taken)"
        : SizeOf(curve) == 0 ? $"its ECDSA key is on the curve {curve} (P-256, P-384 and P-521 are taken)" : null;

    private static int SizeOf(string? curve) => curve switch { KeyOid.P256 => 32, KeyOid.P384 => 48, KeyOid.P521 => 66, _ => 0 };

    private AsymmetricAlgorithm Open()
    {
        if (_curve is null) return RSA.Create(new RSAParameters { Modulus = _first, Exponent = _second });
        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.CreateFromValue(_curve),
            Q = new ECPoint { X = _first, Y = _second },
        });
    }

    private static byte[] Unsigned(AsnReader reader)
    {
        ReadOnlySpan<byte> bytes = reader.ReadIntegerBytes().Span;
        if ((bytes[0] & 0x80) != 0) throw new AsnContentException("a number of an RSA key is negative");
        return bytes.TrimStart((byte)0).ToArray();
    }

    private static int BitsOf(byte[] number) =>
        number.Length == 0 ? 0 : (number.Length * 8) - byte.LeadingZeroCount(number[0]);
}
