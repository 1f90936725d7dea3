using System.Text;
using Skep.Signing.Certificates;
using Skep.Signing.Tests.Support;

namespace Skep.Signing.Tests.Certificates;

/// <summary>Certificates say what openssl says they say.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly OpenSsl _openssl = new();

    public void Dispose() => _openssl.Dispose();

    [Theory]
    [InlineData("/CN=a", "")]
    [InlineData("/C=DE/ST=X/L=Y/O=Acme, Inc./OU=a+b/CN=\"c\" <d>;e/emailAddress=f@g.h", "-set_serial 1")]
    [InlineData("/DC=org/DC=example/UID=7/CN= lead and trail ", "-set_serial 128")]
    [InlineData("/CN=#x/serialNumber=5/GN=g/SN=s/title=t/street=u", "-set_serial 0x80ffffffffffffffff")]
    [InlineData("/O=two+CN=parts/CN=back\\\\slash", "-multivalue-rdn")]
    [InlineData("/CN=grün", "-utf8")]
    [InlineData("/1.2.3.4=unknown/CN=x", "")]
    public void Names_and_numbers_are_those_of_openssl(string subject, string more)
    {
        _openssl.MakeKey("P-256", more: $"-subj '{subject}' {more}");
        Certificate certificate = Assert.Single(_openssl.Certificates("a.pem"));
        string[] said = _openssl.Run("x509 -in a.pem -noout -subject -issuer -serial -nameopt RFC2253,-esc_msb,utf8")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal([$"subject={certificate.Subject}", $"issuer={certificate.Issuer}", $"serial={certificate.Serial}"], said);
    }

    [Theory]
    [InlineData("20250102030405Z", "20301112131415Z")]
    [InlineData("19500101000000Z", "99991231235959Z")]
    public void Times_are_those_of_openssl(string from, string to)
    {
        _openssl.Write("empty", []);
        _openssl.Write("number", "01\n"u8.ToArray());
        _openssl.Write("conf", Encoding.ASCII.GetBytes("[ca]\ndefault_ca=c\n[c]\nnew_certs_dir=.\ndatabase=empty\nserial=number\n"
            + "default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n"));
        _openssl.Run("req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout a.key -subj /CN=x -out request");
        _openssl.Run($"ca -batch -config conf -selfsign -keyfile a.key -in request -startdate {from} -enddate {to} -notext -out a.pem");
        Certificate certificate = Assert.Single(_openssl.Certificates("a.pem"));
        Assert.Equal((from, to), (Text(certificate.NotBefore), Text(certificate.NotAfter)));
    }

    [Fact]
    public void Several_are_read_whatever_stands_between_them()
    {
        _openssl.MakeKey("P-256");
        _openssl.Run("x509 -in a.pem -text -out text.pem");
        Assert.Equal(3, _openssl.Certificates("a.pem", "a.key", "text.pem", "a.pem").Count);
    }

    [Fact]
    public void What_is_no_certificate_is_refused()
    {
        _openssl.MakeKey("P-256");
        Assert.Equal("it holds no certificate", FaultOf(_openssl.Bytes("a.key")));
        _openssl.Run("x509 -in a.pem -outform DER -out der");
        string fault = FaultOf(_openssl.Bytes("der"));
        Assert.Equal("it is no PEM file (openssl x509 -inform DER -in FILE -out CERT.pem makes one of a certificate in DER)", fault);
        _openssl.Run("x509 -inform DER -in der -out CERT.pem");
        Assert.Single(_openssl.Certificates("CERT.pem"));
        byte[] broken = _openssl.Bytes("a.pem");
        broken[broken.Length / 2] = (byte)'!';
        Assert.Equal("certificate 2 is damaged", FaultOf([.. _openssl.Bytes("a.pem"), .. broken]));
    }

    [Theory]
    [InlineData("ed25519", "its key is neither RSA nor ECDSA (algorithm 1.3.101.112)")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:secp256k1",
        "its ECDSA key is on the curve 1.3.132.0.10 (P-256, P-384 and P-521 are taken)")]
    [InlineData("ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:explicit",
        "its ECDSA key is not on a named curve (P-256, P-384 and P-521 are taken)")]
    [InlineData("rsa:1024", "it has an RSA key of 1024 bits (2048 to 4096 are taken)")]
    public void A_certificate_of_a_key_that_is_not_taken_is_read(string kind, string fault)
    {
        _openssl.Run($"req -x509 -newkey {kind} -nodes -keyout a.key -out a.pem -subj /CN=x");
        Certificate certificate = Assert.Single(_openssl.Certificates("a.pem"));
        Assert.Null(certificate.Key);
        Assert.Equal(fault, certificate.KeyFault);
        Assert.Equal("CN=x", certificate.Subject);
    }

    [Fact]
    public void No_byte_of_a_certificate_throws()
    {
        _openssl.MakeKey("P-256");
        _openssl.Run("x509 -in a.pem -outform DER -out der");
        byte[] der = _openssl.Bytes("der");
        int read = 0;
        for (int bit = 0; bit < der.Length * 8; bit++)
        {
            byte[] other = [.. der];
            other[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Certificate.TryParse(other, out Certificate? certificate) && certificate.Subject.Length > 0) read++;
        }

        Assert.InRange(read, 1, (der.Length * 8) - 1);
        for (int length = 0; length < der.Length; length++) Assert.False(Certificate.TryParse(der[..length], out _));
    }

    private static string FaultOf(byte[] text)
    {
        Assert.False(Certificate.TryRead(text, out _, out string? fault));
        return fault;
    }

    private static string Text(DateTimeOffset time) =>
        time.ToString("yyyyMMddHHmmss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
