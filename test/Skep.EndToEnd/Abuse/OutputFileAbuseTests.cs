using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Abuse;

/// <summary>What an ordinary user plants in a directory of his has root's Skep neither write to another file nor wait for him.</summary>
public sealed class OutputFileAbuseTests : IDisposable
{
    private const string AsNobody = "setpriv --reuid 65534 --regid 65534 --clear-groups";

    // Of each command that writes a file: OUT stands for the file.
    public static readonly string[] Writers =
    [
        "prog dump CODE file OUT",
        "prog dump CODE --elf OUT",
        "filter test RULES --packet 'udp 10.1.1.1:7 > 10.1.1.2:7' --packet 'udp 10.1.1.1:8 > 10.1.1.2:8' --write OUT",
        "filter log output --duration 10ms --write OUT",
        "watch -o OUT -- true",
    ];

    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new();

    public OutputFileAbuseTests()
    {
        File.WriteAllText(_scratch.File("rules"), "table output {\n udp dport 7 log drop\n}\n");
        File.WriteAllBytes(_scratch.File("code"), [0x95, 0, 0, 0, 0, 0, 0, 0]);
        _run.Run("filter", "apply", _scratch.File("rules"), "--netns", _network.Name, "--dev", "v0");

        // root: what only root may write. his: the directory of the user.
        Tool.Shell($"cd {_scratch.Path}; umask 022; mkdir root his; echo precious >root/victim; chmod 600 root/victim; chown 65534 his");
    }

    public void Dispose()
    {
        _run.Skep("filter", "remove", "output");
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    // What the user makes in his directory, the name that root writes to, and why it is refused.
    private static readonly (string Made, string Output, string Reason)[] Planted =
    [
        ("ln -s ../root/victim out", "his/out", "is a symbolic link of uid 65534"),
        ("ln -s ../root/new out", "his/out", "is a symbolic link of uid 65534"),
        ("ln -s ../root sub", "his/sub/new", "is a symbolic link of uid 65534"),
        ("ln -s ../root/victim out; mkdir sub; ln -s .. sub/up", "his/sub/up/out", "is a symbolic link of uid 65534"),
        ("mkfifo -m 666 out", "his/out", "it is a FIFO of uid 65534"),
        ("umask 0; echo mine >out", "his/out", "it is there and belongs to uid 65534"),
        ("mkdir out", "his/out", "it is a directory"),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void What_a_user_planted_is_refused_and_nothing_is_touched(int writer)
    {
        Assert.All(Planted, planted =>
        {
            (string made, string output, string reason) = planted;
            Tool.Shell($"rm -rf {_scratch.File("his")}/*");
            _run.ShellAsNobody($"cd {_scratch.File("his")}; {made}").Succeeds();
            AssertRefused(writer, output, reason);
        });

        // A second name of root's file, as where fs.protected_hardlinks is 0.
        Tool.Shell($"rm -rf {_scratch.File("his")}/*; ln {_scratch.File("root/victim")} {_scratch.File("his/out")}");
        AssertRefused(writer, "his/out", "it has 2 names (hard links)");
    }

    [Theory]
    [InlineData("000")]
    [InlineData("777")]
    public void What_is_written_is_roots_alone_whatever_the_umask(string umask)
    {
        IEnumerable<(string Writer, string File)> files =
            ((string[])["root", "his"]).SelectMany(directory => Writers.Select((writer, i) => (writer, _scratch.File($"{directory}/{i}"))));
        Assert.All(files, one =>
        {
            for (int again = 0; again < 2; again++)
            {
                Outcome outcome = Write(one.Writer, one.File, umask);
                Assert.True(outcome.Code == 0, outcome.Error);
                Assert.Equal("600 0 1\n", Tool.Run("stat", "-c", "%a %u %h", one.File));
                Assert.Equal(one.Writer.StartsWith("watch", StringComparison.Ordinal), new FileInfo(one.File).Length == 0);
            }
        });
    }

    [Fact]
    public void Names_that_change_while_root_writes_lead_nowhere_else()
    {
        string his = _scratch.File("his"), root = _scratch.File("root");
        using Process swapper = _run.Start([.. AsNobody.Split(' '), CProgram.Path("swapper.c"), his, $"{root}/victim", root]);
        string before = Listing("root"), rounds;
        int written = 0, refused = 0;
        try
        {
            Assert.Equal("swapping", Tool.FirstLine(swapper));
            for (int i = 0; i < 120; i++)
            {
                string file = i % 2 == 0 ? $"{his}/out" : i % 3 == 0 ? $"{his}/real/out" : $"{his}/sub/new";
                Outcome outcome = Write(Writers[i % 3], file);
                Assert.True(outcome.Code is 0 or 1, $"exit {outcome.Code}: {outcome.Error}");
                if (outcome.Code == 0) written++;
                else refused++;
            }
        }
        finally
        {
            swapper.StandardInput.Close();
            rounds = swapper.StandardOutput.ReadToEnd().Trim();
            swapper.WaitForExit();
        }

        Assert.Equal(before, Listing("root"));
        Assert.True(int.Parse(rounds) > 1000, $"the swapper made {rounds} rounds");
        Assert.True(written > 0 && refused > 0, $"{written} written, {refused} refused");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_full_disk_leaves_the_file_that_was_there(int writer)
    {
        _run.Shell("echo old >/run/skep/object");
        _run.Fill();
        Outcome outcome = Write(Writers[writer], "/run/skep/object");
        Assert.Equal((1, "skep: error: writing /run/skep/object: No space left on device\n"), (outcome.Code, Errors(outcome)));
        Assert.Equal("old\n", _run.Shell("cat /run/skep/object"));
        Assert.Equal("", _run.Shell("ls -A /run/skep | grep '^[.]' || true"));
        _run.Empty();
        Write(Writers[writer], "/run/skep/object").Succeeds();
        Assert.NotEqual("old\n", _run.Shell("base64 /run/skep/object"));
    }

    [Fact]
    public void Open_descriptors_are_written_where_they_are()
    {
        string all = _scratch.File("all");
        _run.Shell(
            $"exec 5>{all}; echo first >&5; {SkepBinary.Path} prog dump {_scratch.File("code")} file /dev/fd/5; {SkepBinary.Path} prog "
            + $"dump {_scratch.File("code")} file /dev/stdout >&5; echo last >&5");
        Assert.Equal("first\n\x95\0\0\0\0\0\0\0\x95\0\0\0\0\0\0\0last\n", File.ReadAllText(all, System.Text.Encoding.Latin1));
    }

    [Fact]
    public void Planted_names_keep_no_program_from_being_saved()
    {
        string own = _scratch.File("own"), his = _scratch.File("his"), loader = CProgram.Path("loads.c");
        Save(own).Succeeds();
        Assert.Equal("700\n", Tool.Run("stat", "-c", "%a", own));
        string[] hashes = [.. Directory.GetFiles(own, "*.json").Select(f => Path.GetFileNameWithoutExtension(f))];
        Assert.Equal(2, hashes.Length);
        foreach (string hash in hashes)
            Assert.Equal(
                0, _run.ShellAsNobody($"cd {his}; echo '{{}}' >{hash}.json; ln -s ../root/victim {hash}.bin; mkfifo {hash}.o").Code);
        string before = Listing("root");
        Outcome saved = Save(his);
        Assert.True(saved.Code == 0, saved.Error);
        Assert.Equal(before, Listing("root"));
        Assert.Equal(
            "", Tool.Run("find", his, "-mindepth", "1", "(", "!", "-user", "root", "-o", "!", "-type", "f", "-o", "-perm", "/077", ")"));
        Assert.Equal(6, Directory.GetFiles(his).Length);
        foreach (string hash in hashes) Assert.Equal(File.ReadAllBytes($"{own}/{hash}.bin"), File.ReadAllBytes($"{his}/{hash}.bin"));

        // A directory cannot be replaced: that program is missing, which is reported, and all else goes on.
        _run.Shell($"cd {his}; rm *");
        _run.ShellAsNobody($"cd {his}; mkdir -p {hashes[0]}.bin/full").Succeeds();
        Outcome partly = Save(his);
        Assert.Equal(1, partly.Code);
        Assert.Contains(
            $"skep: warning: a program is not kept: writing {his}/{hashes[0]}.bin: Is a directory\n",
            partly.Error,
            StringComparison.Ordinal);
        Assert.Contains("skep: error: saving programs: 1 could not be kept", partly.Error, StringComparison.Ordinal);
        Assert.Equal(2, partly.Output.Split('\n').Count(line => line.Contains("prog_load", StringComparison.Ordinal)));
        Assert.True(File.Exists($"{his}/{hashes[1]}.json"));

        Outcome Save(string directory) => Tool.Try(
            "sh", "-c", $"umask 000; exec {SkepBinary.Path} watch -j --cmd prog_load --save {directory} -- sh -c '{loader} poster; "
                + $"{loader} many 5000 1'");
    }

    [Theory]
    [InlineData("sub")]
    [InlineData("sub/")]
    [InlineData("sub/new")]
    public void Programs_are_not_saved_by_a_users_link(string directory)
    {
        string his = _scratch.File("his");
        _run.ShellAsNobody($"ln -s ../root {his}/sub").Succeeds();
        Outcome outcome = _run.Skep("watch", "--save", $"{his}/{directory}", "--", "true");
        Assert.Equal(1, outcome.Code);
        Assert.Contains($"{his}/sub is a symbolic link of uid 65534", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["victim"], Directory.GetFileSystemEntries(_scratch.File("root")).Select(Path.GetFileName));
    }

    private void AssertRefused(int writer, string output, string reason)
    {
        string before = Listing();
        Outcome outcome = Write(Writers[writer], _scratch.File(output));
        Assert.Equal(1, outcome.Code);
        Assert.StartsWith($"skep: error: writing {_scratch.File(output)}: ", Errors(outcome), StringComparison.Ordinal);
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(before, Listing());
    }

    private Outcome Write(string writer, string file, string umask = "022")
    {
        string words = writer.Replace("CODE", _scratch.File("code"), StringComparison.Ordinal).Replace(
            "RULES", _scratch.File("rules"), StringComparison.Ordinal)
            .Replace("OUT", file, StringComparison.Ordinal);

        // One that waits for the user is killed, and then its code is timeout's.
        return _run.Try(["sh", "-c", $"umask {umask}; exec timeout -s KILL 20 {SkepBinary.Path} {words}"]);
    }

    private static string Errors(Outcome outcome) =>
        string.Concat(
            outcome.Error.Split('\n').Where(line => line.StartsWith("skep: error", StringComparison.Ordinal)).Select(line => line + "\n"));

    // All that is there, with its content.
    private string Listing(string directory = ".") => Tool.Run(
        "sh", "-ec", $"cd {_scratch.File(directory)}; find . -mindepth 1 -printf '%p %y %m %U %n %l %i\\n' | sort; find . -type f -exec "
            + $"sha256sum {{}} + | sort");
}
