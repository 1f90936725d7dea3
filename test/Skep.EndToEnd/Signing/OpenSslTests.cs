using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Signing;

/// <summary>OpenSSL is opened by the commands that need it alone, and these say when there is none.</summary>
[Trait("level", "kernel")]
public sealed class OpenSslTests : IDisposable
{
    private readonly Scratch _scratch = new();

    public OpenSslTests()
    {
        SelfSigned pair = SelfSigned.Make();
        _scratch.Write("key", pair.Key);
        _scratch.Write("cert", pair.Certificate);
        _scratch.Write("file", "content");
        _scratch.Write("policy", "[policy]\nname = \"p\"\n");
        Tool.Run(SkepBinary.Path, Words("sign file --key key --cert cert"));
    }

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData("verify file --cert cert", true)]
    [InlineData("sign file --key key --cert cert", true)]
    [InlineData("verify --help", false)]
    [InlineData("--version", false)]
    [InlineData("guard check policy -j", false)]
    [InlineData("prog list -j", false)]
    public void It_is_opened_by_the_commands_that_need_it(string line, bool isOpened)
    {
        Requires.Installed("strace");
        string log = _scratch.File("log");
        Tool.Run("strace", ["-f", "-qq", "-o", log, "-e", "trace=openat", SkepBinary.Path, .. Words(line)]);
        Assert.Equal(isOpened, File.ReadAllText(log).Contains("/libssl.so", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("verify file --cert cert", 1)]
    [InlineData("sign file --key key --cert cert", 1)]
    [InlineData("verify --help", 0)]
    [InlineData("guard check policy", 0)]
    public void Where_there_is_none_the_package_is_named(string line, int code)
    {
        Requires.Root();
        string hide = "for f in /lib/*-linux-gnu/libssl.so.* /usr/lib/*-linux-gnu/libssl.so.*; do "
            + "[ ! -e $f ] || mount --bind /dev/null $f; done; exec \"$0\" \"$@\"";
        Outcome outcome = Tool.Try("unshare", ["-m", "sh", "-ec", hide, SkepBinary.Path, .. Words(line)]);
        Assert.Equal(code, outcome.Code);
        string expected = code == 0 ? ""
            : "skep: error: opening OpenSSL: there is no libssl on this machine (apt install libssl3, or what has libssl.so.3 in this "
            + "distribution)\n";
        Assert.Equal(expected, outcome.Error);
    }

    private string[] Words(string line) =>
        [.. line.Split(' ').Select(word => word is "file" or "key" or "cert" or "policy" ? _scratch.File(word) : word)];
}
