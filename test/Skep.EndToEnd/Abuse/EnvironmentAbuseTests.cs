using System.Diagnostics;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Abuse;

/// <summary>Variables that a user hands to root's Skep change nothing that it does or shows.</summary>
public sealed class EnvironmentAbuseTests(EnvironmentAbuseTests.Scene scene) : IClassFixture<EnvironmentAbuseTests.Scene>
{
    /// <summary>A table that logs, and a directory of what a variable may name. No test changes either.</summary>
    public sealed class Scene : IDisposable
    {
        private readonly TestNetwork _network = new();
        private readonly Scratch _scratch = new();
        private readonly OwnRun _run = new();
        private readonly string[][] _commands;
        private readonly Lazy<Outcome[]> _plain;

        public Scene()
        {
            string rules = _scratch.Write("env.skep", "table env {\n ip saddr 10.0.0.0/8 log drop\n udp dport 7 drop\n}\n");
            _run.Run("filter", "apply", rules, "--netns", _network.Name, "--dev", "v0");

            // What the terminfo of a terminal is looked up as; whoever opens it to read waits for ever.
            Tool.Shell(
                $"cd {Directory} && mkdir -p x .terminfo/x 78 && mkfifo x/xterm .terminfo/x/xterm 78/xterm zone && ln -s /dev/zero zero");
            _commands =
            [
                ["filter", "check", rules],
                ["filter", "list"],
                ["filter", "set", "list", "env", "none"],
                ["prog", "show", "name", "env"],
                ["filter", "test", rules, "--packet", "udp 10.1.1.1:7 > 10.1.1.2:7"],
                ["--help"],
            ];
            _plain = new(() => [.. _commands.Select(command => Try(command, ("TZ", "")))]);
        }

        internal string Directory => _scratch.Path;

        /// <summary>Commands, with what they print and return without hostile variables.</summary>
        internal IEnumerable<(string[] Command, Outcome Plain)> Commands => _commands.Zip(_plain.Value);

        // A command that hangs is killed, and then its code is timeout's. nsenter sees the variables, too.
        internal Outcome Try(string[] command, params (string Name, string Value)[] environment) => _run.Try(
            ["timeout", "-s", "KILL", "10", "env", .. environment.Select(v => $"{v.Name}={v.Value}"), SkepBinary.Path, .. command]);

        internal Process Follow(params (string Name, string Value)[] environment)
        {
            string[] words = _run.Inside(
                [.. environment.Length == 0 ? [] : (string[])["env", .. environment.Select(v => $"{v.Name}={v.Value}")],
                    SkepBinary.Path, "filter", "log", "env", "--duration", "60s"]);
            return Tool.Start(words[0], words[1..]);
        }

        public void Dispose()
        {
            _run.Skep("filter", "remove", "env");
            _run.Dispose();
            _network.Dispose();
            _scratch.Dispose();
        }
    }

    // DIR is a directory with a FIFO for each name that is looked up there.
    [Theory]
    [InlineData("DOTNET_GCHeapHardLimit=1")]
    [InlineData("DOTNET_GCHeapHardLimit=0x1000", "DOTNET_GCHeapHardLimitPercent=1", "DOTNET_GCRegionSize=1")]
    [InlineData("DOTNET_gcServer=1", "DOTNET_GCHeapCount=400", "DOTNET_GCgen0size=1", "DOTNET_GCConserveMemory=9", "DOTNET_gcConcurrent=1")]
    [InlineData("DOTNET_GCName=libevil.so", "DOTNET_GCPath=DIR/libevil.so", "DOTNET_StressLog=1", "DOTNET_TotalStressLogSize=0x40000000")]
    [InlineData(
        "DOTNET_DbgEnableMiniDump=1", "DOTNET_DbgMiniDumpName=DIR/dump", "DOTNET_DiagnosticPorts=DIR/port", "DOTNET_EnableEventPipe=1")]
    [InlineData(
        "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=0",
        "DOTNET_SYSTEM_CONSOLE_ALLOW_ANSI_COLOR_REDIRECTION=1",
        "DOTNET_ThreadPool_ForceMaxWorkerThreads=1")]
    [InlineData("DOTNET_SYSTEM_IO_DISABLEFILELOCKING=1", "DOTNET_SYSTEM_NET_DISABLEIPV6=1", "DOTNET_TieredCompilation=0")]
    [InlineData("COMPlus_GCHeapHardLimit=1", "COMPlus_gcServer=1", "CORECLR_ENABLE_PROFILING=1", "CORECLR_PROFILER_PATH=DIR/evil.so")]
    [InlineData("TZ=:../../../../dev/zero")]
    [InlineData("TZ=/dev/zero")]
    [InlineData("TZ=DIR/zone")]
    [InlineData("TZ=../../../..DIR/zone")]
    [InlineData("TZ=UTC", "TZDIR=DIR")]
    [InlineData("TZ=UTC/../../../../dev/zero")]
    [InlineData("TZ=no such zone\n")]
    [InlineData("TERM=xterm", "TERMINFO=DIR")]
    [InlineData("TERM=xterm", "HOME=DIR", "TERMINFO_DIRS=DIR")]
    [InlineData("TERM=../../../../../../dev/zero")]
    [InlineData("TERM=x/../../../../..DIR/zone")]
    [InlineData("HOME=DIR/zone", "TMPDIR=/nonexistent", "PWD=/nonexistent", "XDG_CONFIG_HOME=DIR/zero", "XDG_RUNTIME_DIR=DIR/zone")]
    [InlineData("LC_ALL=../../../../dev/zero", "LOCPATH=DIR", "LANGUAGE=../../evil", "NLSPATH=DIR/zone", "GCONV_PATH=DIR")]
    [InlineData("LIBBPF_LOG_LEVEL=debug", "MALLOC_TRACE=DIR/trace", "RES_OPTIONS=debug", "HOSTALIASES=DIR/zone")]
    public void A_hostile_variable_changes_no_output_and_no_exit_code(params string[] variables)
    {
        (string Name, string Value)[] hostile =
        [
            .. variables.Select(v => v.Replace("DIR", scene.Directory, StringComparison.Ordinal).Split('=', 2)).Select(v => (v[0], v[1])),
        ];
        string[] before = Directory.GetFileSystemEntries(scene.Directory);
        Assert.All(scene.Commands, one => Assert.Equal(one.Plain, scene.Try(one.Command, [("TZ", ""), .. hostile])));
        Assert.Equal(before.Order(), Directory.GetFileSystemEntries(scene.Directory).Order());
    }

    [Fact]
    public void One_log_has_one_reader_whatever_the_runtime_is_told_of_locks()
    {
        using Process first = scene.Follow();
        Assert.Contains("following the log", first.StandardError.ReadLine(), StringComparison.Ordinal);
        Outcome second = scene.Try(["filter", "log", "env", "--duration", "5s"], ("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "1"));
        Assert.Equal(1, second.Code);
        Assert.Contains("another skep filter log follows it", second.Error, StringComparison.Ordinal);

        // And the other way round.
        first.Kill();
        first.WaitForExit();
        using Process third = scene.Follow(("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "1"));
        Assert.Contains("following the log", third.StandardError.ReadLine(), StringComparison.Ordinal);
        Assert.Contains(
            "another skep filter log follows it", scene.Try(["filter", "log", "env", "--duration", "5s"]).Error, StringComparison.Ordinal);
        third.Kill();
        third.WaitForExit();
    }

    [Theory]
    [InlineData("Europe/Berlin", "+0100")]
    [InlineData(":Asia/Tokyo", "+0900")]
    [InlineData("/usr/share/zoneinfo/Asia/Kolkata", "+0530")]
    [InlineData("", "+0000")]
    public void A_zone_of_the_machine_is_honoured(string zone, string offset)
    {
        Assert.SkipUnless(File.Exists("/usr/share/zoneinfo/Europe/Berlin"), "needs tzdata");

        // Times of loading lie within a run of tests: it is winter or summer.
        string expected = zone == "Europe/Berlin"
            && TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin").IsDaylightSavingTime(DateTimeOffset.UtcNow)
            ? "+0200"
            : offset;
        Assert.Contains($"{expected}  uid 0", scene.Try(["prog", "show", "name", "env"], ("TZ", zone)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_command_of_watch_gets_the_whole_environment_as_it_was_given()
    {
        using var scratch = new Scratch();
        string output = scratch.File("given");
        Outcome outcome = scene.Try(
            ["watch", "-o", "/dev/null", "--", "sh", "-c", $"env >{output}"], (
                "DOTNET_TieredCompilation", "0"), ("TZ", ":../evil"), ("TERMINFO", "/evil"), ("ODD", "a=b\nc"));
        outcome.Succeeds();
        string given = File.ReadAllText(output);
        Assert.All(
            ["DOTNET_TieredCompilation=0\n", "TZ=:../evil\n", "TERMINFO=/evil\n", "ODD=a=b\nc\n"],
            line => Assert.Contains(line, given, StringComparison.Ordinal));
    }
}
