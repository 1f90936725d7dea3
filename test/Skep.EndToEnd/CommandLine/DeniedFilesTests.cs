using System.Diagnostics;
using System.Text.Json.Nodes;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.CommandLine;

/// <summary>Files of /proc and /sys that are not there, may not be read, or vanish: each costs what it says, and no command.</summary>
public sealed class DeniedFilesTests
{
    private static readonly string[] Listings =
    [
        "prog list", "map list", "link list", "btf list", "net", "cgroup", "perf", "prog classic", "doctor", "doctor --hidden",
        "prog show id 1",
    ];

    // Each before a command of skep: what it takes from it.
    public static TheoryData<string> Surroundings =>
    [
        "exec capsh --drop=cap_sys_ptrace,cap_dac_override,cap_dac_read_search,cap_syslog -- -c",
        "exec capsh --drop=cap_sys_admin,cap_sys_ptrace,cap_dac_override,cap_dac_read_search -- -c",
        "mount -t proc -o hidepid=2 proc /proc; exec capsh --drop=cap_sys_ptrace -- -c",
        "umount -l /sys; exec sh -c",
        "umount -l /sys; exec capsh --drop=cap_sys_ptrace,cap_dac_override -- -c",
        "mount -t tmpfs -o mode=0 tmpfs /sys; exec capsh --drop=cap_dac_override,cap_dac_read_search -- -c",
    ];

    [Theory]
    [MemberData(nameof(Surroundings))]
    public void Every_listing_ends_with_data_or_a_reason(string surroundings)
    {
        Requires.Root();
        Requires.Installed("capsh");
        using var scratch = new Scratch();
        string skep = SkepBinary.CopyTo(scratch);
        var script = new System.Text.StringBuilder();
        for (int i = 0; i < Listings.Length; i++)
            script.Append($"timeout 30 {skep} {Listings[i]} -j >{scratch.Path}/{i}.out 2>{scratch.Path}/{i}.err </dev/null; echo $?; ");
        string printed = Tool.Run("unshare", "-m", "sh", "-c", $"{surroundings} '{script}'");
        string[] codes = printed.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Listings.Length, codes.Length);
        Assert.All(Listings, (listing, i) =>
        {
            (string output, string error) = (File.ReadAllText(scratch.File($"{i}.out")), File.ReadAllText(scratch.File($"{i}.err")));
            Assert.True(codes[i] is "0" or "1" or "3", $"skep {listing}: exit {codes[i]}\n{error}");
            Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", error, StringComparison.Ordinal);
            if (codes[i] == "0" || output.Length > 0) Assert.NotNull(JsonNode.Parse(output));
            if (output.Length == 0) Assert.StartsWith("skep: ", error, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Processes_that_vanish_end_no_listing()
    {
        Requires.Root();
        using Process storm = Tool.Start("sh", "-c", "while :; do for i in 1 2 3 4 5 6 7 8; do /bin/true & done; wait; done");
        try
        {
            Assert.All(Listings.Take(8), listing =>
            {
                Outcome outcome = SkepBinary.Run([.. listing.Split(' '), "-j"]);
                Assert.True(outcome.Code == 0, $"skep {listing}: exit {outcome.Code}\n{outcome.Error}");
                Assert.NotNull(JsonNode.Parse(outcome.Output));
            });
        }
        finally
        {
            storm.Kill(entireProcessTree: true);
            await storm.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    // libbpf's probe of features loads and ends: by the kernel's own record its executable is looked up, which without CAP_SYS_PTRACE is
    // denied.
    [Fact]
    public async Task A_loader_whose_executable_may_not_be_read_does_not_end_the_watch()
    {
        Requires.Root();
        Requires.Installed("capsh");
        using var scratch = new Scratch();
        string loads = CProgram.Path("storm.c", "-lpthread"), events = scratch.File("events");
        using Process watch = Tool.Start(
            "capsh", "--drop=cap_sys_ptrace", "--", "-c", $"exec timeout -s INT 60 {SkepBinary.Path} watch -j --cmd prog_load -n 400 -o "
                + $"{events}");
        string? line;
        do line = await watch.StandardError.ReadLineAsync(TestContext.Current.CancellationToken);
        while (line is not null && !line.Contains("watching", StringComparison.Ordinal));
        Assert.NotNull(line);
        Task<string> error = watch.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 20 && !watch.HasExited; i++) Tool.Run(loads, "1", "25");
        Assert.True(watch.WaitForExit(TimeSpan.FromSeconds(70)), "the watch did not end");
        string said = await error;
        Assert.True(watch.ExitCode == 0, said);
        Assert.Contains(" events captured, ", said, StringComparison.Ordinal);
    }
}
