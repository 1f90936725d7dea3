namespace Skep.Signing.Tests.Support;

/// <summary>Keys, certificates and signatures that openssl makes, below a directory of their own.</summary>
public sealed class OpenSsl : IDisposable
{
    private readonly Scratch _scratch = new();

    /// <summary>Kinds of keys: a length of RSA, or a curve.</summary>
    public static TheoryData<string> Kinds => ["2048", "3072", "P-256", "P-384", "P-521"];

    public void Dispose() => _scratch.Dispose();

    public string File(string name) => _scratch.File(name);

    public byte[] Bytes(string name) => System.IO.File.ReadAllBytes(File(name));

    public byte[] Write(string name, byte[] content)
    {
        System.IO.File.WriteAllBytes(File(name), content);
        return content;
    }

    /// <summary>Runs openssl in the directory; it must succeed.</summary>
    public string Run(string line)
    {
        Outcome outcome = Try(line);
        Assert.True(outcome.Code == 0, $"openssl {line}: exit {outcome.Code}\n{outcome.Error}");
        return outcome.Output;
    }

    public Outcome Try(string line) => Tool.Try("sh", "-c", $"cd '{_scratch.Path}' && openssl {line}");

    /// <summary>Makes <c>NAME.key</c> and its own certificate <c>NAME.pem</c>.</summary>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="name">The name of the files.</param>
    /// <param name="more">Options of openssl req.</param>
    public void MakeKey(string kind, string name = "a", string more = "-subj /CN=signer")
    {
        string algorithm = kind.StartsWith("P-", StringComparison.Ordinal) ? $"ec -pkeyopt ec_paramgen_curve:{kind}" : $"rsa:{kind}";
        Run($"req -x509 -newkey {algorithm} -nodes -keyout {name}.key -out {name}.pem -days 30 {more}");
    }

    /// <summary>Has openssl sign <c>content</c>.</summary>
    public byte[] Sign(string options = "-binary -noattr -nocerts -outform DER -signer a.pem -inkey a.key")
    {
        Run($"cms -sign {options} -in content -out signature");
        return Bytes("signature");
    }
}
