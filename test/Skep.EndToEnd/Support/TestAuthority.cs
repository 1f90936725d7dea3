namespace Skep.EndToEnd.Support;

/// <summary>An authority of OpenSSL that issues certificates, in a directory of its own.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly Scratch _scratch = new();
    private int _issued;

    public TestAuthority()
    {
        Requires.Installed("openssl");
        Tool.Run(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority", "-keyout", Key,
            "-out", Path);
    }

    /// <summary>Its own certificate.</summary>
    public string Path => _scratch.File("authority.pem");

    private string Key => _scratch.File("authority.key");

    /// <summary>A certificate for localhost and an address, and its key.</summary>
    /// <param name="name">Whom it names.</param>
    /// <param name="address">The address.</param>
    public (string Certificate, string Key) Issue(string name, string address = "127.0.0.1")
    {
        string at = _scratch.File($"{_issued++}");
        string key = $"{at}.key", request = $"{at}.csr", certificate = $"{at}.pem";
        Tool.Run(
            "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", $"/CN={name}", "-keyout", key,
            "-out", request);
        string names = _scratch.Write($"{_issued}.ext", $"subjectAltName=DNS:localhost,IP:{address}");
        Tool.Run(
            "openssl", "x509", "-req", "-in", request, "-CA", Path, "-CAkey", Key, "-CAcreateserial", "-days", "2", "-extfile", names,
            "-out", certificate);
        File.SetUnixFileMode(key, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return (certificate, key);
    }

    public void Dispose() => _scratch.Dispose();
}
