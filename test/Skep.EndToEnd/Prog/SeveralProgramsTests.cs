using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Prog;

/// <summary><c>skep prog verify</c> and <c>skep debug</c> of several programs, of all, and of programs of one name.</summary>
public sealed class SeveralProgramsTests : IDisposable
{
    private const string Packet = "udp 10.0.0.1:5 > 10.0.0.2:53";

    private static readonly Lazy<byte[]> s_object = new(() => BpfSource.Compile("""
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        char LICENSE[] SEC("license") = "GPL";
        SEC("xdp") int one(struct xdp_md *ctx) { return XDP_PASS; }
        SEC("socket") int two(struct __sk_buff *ctx) { return *(volatile int *)0; }
        """));

    private readonly Scratch _scratch = new();

    public SeveralProgramsTests()
    {
        File.WriteAllBytes(_scratch.File("two.o"), s_object.Value);
        Tool.Run("llvm-objcopy", "--redefine-sym", "two=one", _scratch.File("two.o"), _scratch.File("same.o"));
    }

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void Programs_of_one_name_are_verified_each_and_told_apart_by_their_sections()
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run("prog", "verify", _scratch.File("same.o"), "-j");
        Assert.Equal([("xdp/one", true, "xdp"), ("socket/one", false, "socket_filter")], Reports(outcome));
        Outcome one = SkepBinary.Run("prog", "verify", _scratch.File("same.o"), "--prog", "xdp/one", "-j");
        Assert.Equal([("xdp/one", true, "xdp")], Reports(one));
        Outcome ambiguous = SkepBinary.Run("prog", "verify", _scratch.File("same.o"), "--prog", "one");
        Assert.Equal(1, ambiguous.Code);
        Assert.Contains("it has 2 programs one (give --prog with one of xdp/one, socket/one)", ambiguous.Error, StringComparison.Ordinal);
        Outcome debugged = SkepBinary.Run("debug", _scratch.File("same.o"), "--prog", "xdp/one", "--packet", Packet, "--check");
        Assert.Equal(("the machine and the kernel agree: the program returns 2\n", 0), (debugged.Output, debugged.Code));
        Outcome replayed = SkepBinary.Run("prog", "replay", _scratch.File("same.o"), "--prog", "xdp/one", "--packet", Packet);
        replayed.Succeeds();
    }

    /// <summary>Its instructions are those of a load; what it refers to is the object's.</summary>
    [Fact]
    public void A_program_with_relocations_is_checked_too()
    {
        Requires.Root();
        File.WriteAllBytes(_scratch.File("placed.o"), BpfSource.Compile("""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            #include <bpf/bpf_core_read.h>
            struct task_struct { int pid; } __attribute__((preserve_access_index));
            int counted = 4;
            SEC("xdp") int placed(struct xdp_md *ctx)
            {
                counted += bpf_core_field_exists(((struct task_struct *)0)->pid);
                return counted - 3;
            }
            char gpl[] SEC("license") = "GPL";
            """));
        Outcome checkedOne = SkepBinary.Run("debug", _scratch.File("placed.o"), "--packet", Packet, "--check");
        Assert.Equal(("the machine and the kernel agree: the program returns 2\n", 0), (checkedOne.Output, checkedOne.Code));
    }

    [Fact]
    public void Several_files_have_a_sum_and_one_that_cannot_be_read_is_left_out()
    {
        Requires.Root();
        string[] files = [_scratch.File("two.o"), _scratch.File("none.o"), _scratch.File("two.o")];
        Outcome text = SkepBinary.Run(["prog", "verify", .. files]);
        Assert.Equal(1, text.Code);
        Assert.EndsWith("\n\n4 programs verified: 2 accepted, 2 refused; 1 could not be verified\n", text.Output, StringComparison.Ordinal);
        Assert.Contains("none.o: there is no such file", text.Error, StringComparison.Ordinal);
        Assert.Equal(
            [("one", true, "xdp"), ("two", false, "socket_filter"), ("one", true, "xdp"), ("two", false, "socket_filter")],
            Reports(SkepBinary.Run(["prog", "verify", .. files, "-j"])));
        Assert.DoesNotContain("verified:", SkepBinary.Run("prog", "verify", files[0]).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void All_that_was_saved_is_verified()
    {
        Requires.Root();
        string loader = CProgram.Path("loads.c"), directory = _scratch.File("saved");
        SkepBinary.Watch($"--insns --save {directory}", "sh", "-c", $"{loader} poster; {loader} reject 0 0").Succeeded();
        Assert.Equal(2, Directory.GetFiles(directory, "*.bin").Length);
        Outcome all = SkepBinary.Run("prog", "verify", "all", "--from", directory, "-j");
        int left = all.Error.Split('\n').Count(line => line.Contains("error: verify", StringComparison.Ordinal));
        Assert.Equal(2, Reports(all).Length + left);
        Assert.Contains(Reports(all), one => !one.Accepted);
        Outcome text = SkepBinary.Run("prog", "verify", "all", "--from", directory);
        Assert.Matches(@"\n\n\d programs? verified: \d accepted, 1 refused", text.Output);
        Assert.Equal(1, text.Code);
    }

    [Fact]
    public void Without_what_was_saved_loaded_programs_are_not_verified_and_nothing_is_printed()
    {
        Outcome outcome = SkepBinary.Run("prog", "verify", "all", "-p");
        Assert.Equal(("", 2), (outcome.Output, outcome.Code));
        Assert.Contains("give --from DIR", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_script_or_a_check_is_done_with_each()
    {
        Requires.Root();
        string file = _scratch.File("two.o");
        string[] line = ["debug", file, file, "--prog", "one", "--packet", Packet];
        Outcome check = SkepBinary.Run([.. line, "--check"]);
        string each = $"program one ({file})\nthe machine and the kernel agree: the program returns 2\n";
        Assert.Equal((each + each, 0), (check.Output, check.Code));
        Outcome script = SkepBinary.Run([.. line, "-c", "continue", "-j"]);
        script.Succeeds();
        JsonElement[] answers = [.. script.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)];
        Assert.Equal(
            ["program", "start", "end", "program", "start", "end"],
            answers.Select(one => one.Has("program") ? "program" : one.Text("stop")));
        Outcome typed = SkepBinary.Run(line);
        Assert.Equal(2, typed.Code);
        Assert.Contains("several programs are debugged by --check, or by a script (--command)", typed.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_cannot_be_debugged_does_not_keep_the_others_from_it()
    {
        Requires.Root();
        Outcome outcome = SkepBinary.Run(
            "debug", _scratch.File("none.o"), _scratch.File("two.o"), "--prog", "one", "--packet", Packet, "-c", "continue");
        Assert.Equal(1, outcome.Code);
        Assert.Contains("there is no such file", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("program one (", outcome.Output, StringComparison.Ordinal);
    }

    private static (string Program, bool Accepted, string Type)[] Reports(Outcome outcome) =>
    [
        .. outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Json.Parse)
            .Select(one => (one.Text("program")!, one.GetProperty("accepted").GetBoolean(), one.Text("type")!)),
    ];
}
