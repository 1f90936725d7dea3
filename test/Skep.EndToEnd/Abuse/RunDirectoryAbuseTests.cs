using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Abuse;

/// <summary>An ordinary user neither holds a lock of root's Skep nor has it believe a state of his.</summary>
public sealed class RunDirectoryAbuseTests : IDisposable
{
    private readonly TestNetwork _network = new();
    private readonly Scratch _scratch = new();
    private readonly OwnRun _run = new();
    private readonly string _file;

    public RunDirectoryAbuseTests()
    {
        _file = _scratch.File("abuse.skep");
        File.WriteAllText(_file, "table abuse {\n set bad { type ipv4_addr; }\n ip saddr @bad log drop\n udp dport 7 drop\n}\n");
    }

    private string[] ApplyWords => ["filter", "apply", _file, "--netns", _network.Name, "--dev", "v0", "--dev", "v1"];

    public void Dispose()
    {
        _run.Skep("filter", "remove", "abuse");
        _run.Dispose();
        _network.Dispose();
        _scratch.Dispose();
    }

    [Theory]
    [InlineData("000")]
    [InlineData("022")]
    [InlineData("777")]
    public void All_that_is_made_is_roots_alone_whatever_the_umask(string umask)
    {
        string skep = SkepBinary.Path;
        _run.Shell($"umask {umask}; {skep} {string.Join(' ', ApplyWords)} --confirm 10m; {Loose}");
        _run.Shell(
            $"umask {umask}; {skep} filter confirm abuse; {skep} filter set add abuse bad 10.1.1.1; {skep} filter log abuse --duration "
            + $"10ms 2>/dev/null; {Loose}");
        Assert.Equal(
            "700 0 /run/skep\n600 0 /run/skep/filter.lock\n600 0 /run/skep/log/abuse\n",
            _run.Shell("stat -c '%a %u %n' /run/skep /run/skep/filter.lock /run/skep/log/abuse"));
        _run.Shell($"umask {umask}; {skep} filter remove abuse; {Loose}");
    }

    // Fails where something below /run/skep is another user's or lets one in.
    private const string Loose = "found=$(find /run/skep \\( -perm /077 -o ! -user root \\) -ls); test -z \"$found\" || { echo \"$found\" "
        + ">&2; exit 1; }";

    [Theory]
    [InlineData("/run/skep")]
    [InlineData("/run/skep/filter")]
    [InlineData("/run/skep/filter.lock")]
    [InlineData("/run/skep/filter/abuse")]
    [InlineData("/run/skep/log")]
    [InlineData("/run/skep/log/abuse")]
    [InlineData("/run/skep/bpf")]
    public void A_user_cannot_open_what_is_locked(string path)
    {
        _run.Run(ApplyWords);
        _run.Run("filter", "log", "abuse", "--duration", "10ms");
        Outcome outcome = _run.ShellAsNobody($"flock -n {path} true");
        Assert.NotEqual(0, outcome.Code);
        Assert.Contains("Permission denied", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Locks_that_a_user_took_when_directories_were_open_stop_nothing()
    {
        _run.Shell(
            "umask 022; mkdir -p /run/skep/filter/abuse /run/skep/log; touch /run/skep/log/abuse /run/skep/filter.lock; chmod -R a+rX "
            + "/run/skep");
        using Process holder = _run.Start(
            "setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-c",
            "exec 3</run/skep 4</run/skep/filter 5</run/skep/filter/abuse 6</run/skep/filter.lock 7</run/skep/log 8</run/skep/log/abuse; "
            + "for i in 3 4 5 6 7 8; do flock -n $i; done; echo held; exec cat");
        try
        {
            Assert.Equal("held", Tool.FirstLine(holder));
            var clock = Stopwatch.StartNew();
            Outcome outcome = _run.Skep(ApplyWords);
            Assert.True(outcome.Code == 0, outcome.Error);
            Assert.Contains(
                "skep: /run/skep had mode 0755, which let other users in: corrected to 0700", outcome.Error, StringComparison.Ordinal);
            _run.Run("filter", "set", "add", "abuse", "bad", "10.2.2.2");
            _run.Run("filter", "log", "abuse", "--duration", "10ms");
            _run.Run("filter", "remove", "abuse");

            // An hour would be a wait for the user; five seconds are the most that a held directory costs, once.
            Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
        }
        finally
        {
            holder.StandardInput.Close();
            holder.WaitForExit();
        }
    }

    [Fact]
    public void A_machine_of_an_earlier_version_is_corrected_and_keeps_its_tables()
    {
        _run.Run(ApplyWords);
        _run.Shell("cd /run/skep; rm filter.lock; chmod 755 . filter filter/abuse; chmod 644 filter/abuse/*.json");
        Outcome list = _run.Skep("filter", "list");
        Assert.Equal((0, "abuse  v0 native, v1 native\n"), (list.Code, list.Output));
        Assert.All(
            ["", "/filter", "/filter/abuse"],
            path =>
                Assert.Contains(
                    $"skep: /run/skep{path} had mode 0755, which let other users in: corrected to 0700\n",
                    list.Error,
                    StringComparison.Ordinal));
        Assert.Equal("", _run.Shell("find /run/skep -type d -perm /077"));
        _run.Run("filter", "show", "abuse");
        _run.Run(ApplyWords);
        _run.Shell(Loose);
    }

    [Theory]
    [InlineData("chmod 666 STATE", "others may have written it (mode 0666)")]
    [InlineData("chown 65534 STATE", "it belongs to uid 65534")]
    [InlineData("cp STATE /run/skep/forged; chown 65534 /run/skep/forged; ln -sf /run/skep/forged STATE", "it is a symbolic link")]
    [InlineData("ln STATE /run/skep/second", "it has 2 links")]
    [InlineData("rm STATE; mkfifo -m 600 STATE", "it is no regular file")]
    [InlineData("rm STATE; ln -s /dev/zero STATE", "it is a symbolic link")]
    [InlineData("rm STATE; mknod -m 600 STATE c 1 5", "it is no regular file")]
    [InlineData("truncate -s 4G STATE", "it is longer than 268435456 bytes")]
    public void A_state_that_a_user_may_have_made_is_not_believed(string forge, string reason)
    {
        _run.Run(ApplyWords);
        string state = _run.Shell("echo /run/skep/filter/abuse/*.json").Trim();
        _run.Shell(forge.Replace("STATE", state, StringComparison.Ordinal));
        Outcome show = _run.Skep("filter", "show", "abuse");
        Assert.Equal(
            (1, $"skep: error: reading {state}: {reason} (skep filter remove abuse, then apply it again)\n"), (show.Code, show.Error));
        _run.Run("filter", "remove", "abuse");
        _run.Run(ApplyWords);
        Assert.Equal("abuse  v0 native, v1 native\n", _run.Run("filter", "list"));
    }

    [Theory]
    [InlineData("/run/skep")]
    [InlineData("/run/skep/filter")]
    [InlineData("/run/skep/bpf")]
    [InlineData("/run/skep/filter/abuse")]
    public void A_directory_of_a_user_is_refused_until_it_is_roots(string path)
    {
        _run.Shell($"umask 077; mkdir -p {path}; chown 65534:65534 {path}");
        Outcome refused = _run.Skep(ApplyWords);
        Assert.Equal(
            (1, $"skep: error: using {path}: it belongs to uid 65534, who can change what is in it (make it root's: chown 0:0 {path})\n"),
            (refused.Code, refused.Error));
        Assert.DoesNotContain("prog/xdp", Tool.Run("ip", "-n", _network.Name, "-d", "link", "show"), StringComparison.Ordinal);
        _run.Shell($"chown 0:0 {path}");
        _run.Run(ApplyWords);
        _run.Shell(Loose);
    }

    [Theory]
    [InlineData("/run/skep/filter", "symbolic link")]
    [InlineData("/run/skep/bpf", "symbolic link")]
    [InlineData("/run/skep/filter/abuse", "symbolic link")]
    public void A_link_in_the_place_of_a_directory_is_refused_and_nothing_is_made_behind_it(string path, string what)
    {
        string elsewhere = _scratch.File("elsewhere");
        Directory.CreateDirectory(elsewhere);
        _run.Shell($"umask 077; mkdir -p $(dirname {path}); ln -s {elsewhere} {path}");
        Outcome refused = _run.Skep(ApplyWords);
        Assert.Equal((1, $"skep: error: using {path}: it is a {what} (remove it: rm {path})\n"), (refused.Code, refused.Error));
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
        _run.Shell($"rm {path}");
        _run.Run(ApplyWords);
        Assert.Empty(Directory.GetFileSystemEntries(elsewhere));
    }
}
