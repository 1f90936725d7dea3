using System.Text.Json;
using static Skep.Cli.Tests.Invocation;

namespace Skep.Cli.Tests.Signing;

/// <summary>What <c>skep sign</c> writes and <c>skep verify</c> prints.</summary>
public sealed class SigningCommandTests : IDisposable
{
    private static readonly SelfSigned Pair = SelfSigned.Make();

    private readonly Scratch _files = new();
    private readonly string _file, _key, _cert;

    public SigningCommandTests()
    {
        _file = _files.Write("a", "content");
        _key = _files.Write("key.pem", Pair.Key);
        _cert = _files.Write("cert.pem", Pair.Certificate);
    }

    public void Dispose() => _files.Dispose();

    [Fact]
    public void What_is_signed_is_verified()
    {
        string other = _files.Write("b", "other");
        Assert.Equal((0, "", ""), Run("sign", _file, other, "--key", _key, "--cert", _cert));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode($"{_file}.p7s"));
        (int code, string output, string error) = Run("verify", _file, other, "--cert", _cert);
        Assert.Equal((0, ""), (code, error));
        Assert.Matches($"^{_file}: good, signed by CN=signer, certificate [0-9A-F]+\n{other}: good, [^\n]+\n$", output);
        Tool.Run("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", $"{_file}.p7s", "-content", _file, "-certfile", _cert,
            "-noverify", "-out", "/dev/null");
    }

    [Fact]
    public void A_signature_goes_to_the_file_that_is_named()
    {
        string named = _files.File("named");
        Assert.Equal((0, "", ""), Run("sign", _file, "--key", _key, "--cert", _cert, "-o", named));
        Assert.False(File.Exists($"{_file}.p7s"));
        Assert.Equal(0, Run("verify", _file, "--cert", _cert, "--signature", named).Code);
        (int code, _, string error) = Run("verify", _file, _file, "--cert", _cert, "--signature", named);
        Assert.Equal(2, code);
        Assert.StartsWith("skep: error: --signature is the signature of one FILE (leave it out, or verify the files one by one)\n", error,
            StringComparison.Ordinal);
        Assert.Equal(2, Run("sign", _file, _file, "--key", _key, "--cert", _cert, "-o", named).Code);
        Assert.Equal(2, Run("sign", _file, "--key", _key).Code);
        Assert.Equal(2, Run("sign", _file, "--cert", _cert).Code);
        Assert.Equal(2, Run("verify", _file).Code);
    }

    [Fact]
    public void Key_and_certificate_come_from_pipes()
    {
        Assert.Equal((0, "", ""), RunWith(Pair.Key, "sign", _file, "--key", "-", "--cert", _cert));
        Assert.Equal(0, RunWith(Pair.Certificate, "verify", _file, "--cert", "-").Code);
    }

    [Fact]
    public void Each_file_has_its_verdict()
    {
        string changed = _files.Write("changed", "1"), damaged = _files.Write("damaged", "2"), others = _files.Write("others", "3");
        string unsigned = _files.Write("unsigned", "4"), missing = _files.File("missing");
        SelfSigned second = SelfSigned.Make();
        string otherKey = _files.Write("other.key", second.Key), otherCert = _files.Write("other.cert", second.Certificate);
        Assert.Equal(0, Run("sign", _file, changed, damaged, "--key", _key, "--cert", _cert).Code);
        Assert.Equal(0, Run("sign", others, "--key", otherKey, "--cert", otherCert).Code);
        File.AppendAllText(changed, "x");
        File.WriteAllText($"{damaged}.p7s", "x");
        string[] words = ["verify", _file, changed, damaged, others, unsigned, missing, "--cert", _cert];
        (int code, string output, string error) = Run([.. words, "-j"]);
        Assert.Equal((1, $"skep: error: reading {missing}: there is no such file\n"), (code, error));
        JsonElement[] found = [.. JsonDocument.Parse(output).RootElement.EnumerateArray()];
        Assert.Equal(["good", "other-content", "damaged", "other-signer", "no-signature", "unreadable"],
            found.Select(file => file.GetProperty("verdict").GetString()));
        Assert.Equal(words[1..7], found.Select(file => file.GetProperty("file").GetString()));
        Assert.Equal(words[1..7].Select(name => $"{name}.p7s"), found.Select(file => file.GetProperty("signature").GetString()));
        Assert.All(found, file => Assert.Equal(
            file.GetProperty("verdict").GetString() == "good", !file.TryGetProperty("message", out _)));
        Assert.Equal("ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73", found[0].GetProperty("sha256").GetString());
        Assert.Equal(("CN=signer", "sha256"), (found[0].GetProperty("subject").GetString(), found[0].GetProperty("hash").GetString()));
        Assert.Equal($"there is no {unsigned}.p7s (skep sign makes one)", found[4].GetProperty("message").GetString());
        (code, output, _) = Run(words);
        Assert.Equal(1, code);
        Assert.Equal(5, output.Count(c => c == '\n'));
        Assert.Contains($"{changed}: other-content: the file is not the one that was signed", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-3, -1, "expired", "certificate * is expired: skep verify refuses what it signs, unless --any-time is given")]
    [InlineData(1, 3, "not-yet-valid", "certificate * is not valid yet: skep verify refuses what it signs, unless --any-time is given")]
    public void A_certificate_is_accepted_in_its_time(int begins, int ends, string verdict, string warning)
    {
        SelfSigned pair = SelfSigned.Make(begins, ends);
        string key = _files.Write("k", pair.Key), cert = _files.Write("c", pair.Certificate);
        (int code, string output, string error) = Run("sign", _file, "--key", key, "--cert", cert);
        Assert.Equal((0, ""), (code, output));
        Assert.Matches($"^skep: {warning.Replace("*", "[0-9A-F]+", StringComparison.Ordinal)}\n$", error);
        (code, output, error) = Run("verify", _file, "--cert", cert);
        Assert.Equal((1, ""), (code, error));
        Assert.StartsWith($"{_file}: {verdict}: the certificate of its signer ", output, StringComparison.Ordinal);
        Assert.Equal(0, Run("verify", _file, "--cert", cert, "--any-time").Code);
    }

    [Fact]
    public void What_cannot_sign_says_why_and_writes_nothing()
    {
        SelfSigned other = SelfSigned.Make();
        string otherKey = _files.Write("other.key", other.Key);
        AssertFails($"signing with {otherKey} and {_cert}: the key does not belong to the certificate",
            Run("sign", _file, "--key", otherKey, "--cert", _cert));
        AssertFails($"reading {_cert}: it holds no private key (give the file of the key, not of the certificate)",
            Run("sign", _file, "--key", _cert, "--cert", _cert));
        AssertFails($"reading {_key}: it holds no certificate", Run("sign", _file, "--key", _key, "--cert", _key));
        Assert.False(File.Exists($"{_file}.p7s"));

        static void AssertFails(string message, (int Code, string Output, string Error) outcome) =>
            Assert.Equal((1, "", $"skep: error: {message}\n"), outcome);
    }

    [Fact]
    public void Programs_of_a_good_object_are_listed()
    {
        string path = _files.File("x.bpf.o");
        File.Copy(Repository.File("out/bpf/owners.bpf.o"), path);
        Assert.Equal(0, Run("sign", path, "--key", _key, "--cert", _cert).Code);
        (_, string json, _) = Run("verify", path, "--cert", _cert, "-j");
        JsonElement[] programs = [.. JsonDocument.Parse(json).RootElement[0].GetProperty("programs").EnumerateArray()];
        Assert.NotEmpty(programs);
        Assert.All(programs, program =>
        {
            Assert.StartsWith("iter/", program.GetProperty("section").GetString(), StringComparison.Ordinal);
            Assert.True(program.GetProperty("insn_cnt").GetInt32() > 0);
            Assert.Equal(JsonValueKind.Null, program.GetProperty("sha256").ValueKind);
            Assert.StartsWith("CO-RE ", program.GetProperty("reason").GetString(), StringComparison.Ordinal);
        });
        Assert.Contains("\n  skep_owners (iter/task_file): ", Run("verify", path, "--cert", _cert).Output, StringComparison.Ordinal);

        // Of another file, what it holds is no matter of who signed.
        File.AppendAllText(path, "x");
        (int code, json, _) = Run("verify", path, "--cert", _cert, "-j");
        Assert.Equal(1, code);
        Assert.False(JsonDocument.Parse(json).RootElement[0].TryGetProperty("programs", out _));
    }
}
