using Skep.Debug.Debugger;
using Skep.Debug.Machine.Contexts;
using Skep.Debug.Machine.State;
using Skep.Debug.Replay;
using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Debugger;

/// <summary>The same program and input in the machine and in the kernel.</summary>
[Trait("level", "kernel")]
public sealed class KernelCheckTests
{
    private const string Source = "Debugger/Programs/stepped.bpf.c";

    [Fact]
    public void They_agree()
    {
        CheckedRun run = Check(Code());
        Assert.Empty(run.Differences);
        Assert.Empty(run.Left);
        Assert.Equal((3u, 3u), (run.Machine, run.Kernel));
    }

    /// <summary>Another program in the machine than in the kernel.</summary>
    [Theory]
    [InlineData("ip->ttl--", "the packet has", "differs at offset 22")]
    [InlineData("return XDP_TX", "the machine returns 1", "the kernel 3")]
    [InlineData("*value += 1", "map counts differs at key 01000000", "")]
    public void What_differs_is_named(string line, string first, string second)
    {
        ProgramCode code = Code();
        byte[] bytes = code.Bytes.ToArray();
        Change(code, bytes, line);
        string all = string.Join('\n', Check(code with { Bytes = bytes }).Differences);
        Assert.Contains(first, all, StringComparison.Ordinal);
        Assert.Contains(second, all, StringComparison.Ordinal);
    }

    /// <summary>A value that nothing but the run of the kernel has is no difference, and it is stated what it depends on.</summary>
    [Theory]
    [InlineData("bpf_ktime_get_ns()", "depends on the time")]
    [InlineData("bpf_get_prandom_u32()", "depends on random numbers")]
    [InlineData("(long)value", "depends on addresses")]
    [InlineData("bpf_ktime_get_ns() + bpf_get_prandom_u32()", "depends on the time")]
    public void What_a_value_depends_on_is_stated(string made, string cause)
    {
        CheckedRun run = CheckStored(made);
        Assert.Empty(run.Differences);
        Assert.Equal([$"map values at key 00000000 {cause}"], run.Left);
    }

    /// <summary>The machine's process is the one that the kernel runs the program for, and nobody reads the buffers of either.</summary>
    [Theory]
    [InlineData("bpf_get_current_pid_tgid()")]
    [InlineData("bpf_get_current_uid_gid()")]
    [InlineData("bpf_get_current_comm(value + 1, 16)")]
    [InlineData("bpf_perf_event_output(ctx, &records, BPF_F_CURRENT_CPU, value, 8)")]
    [InlineData("bpf_perf_event_output(ctx, &records, 7ull << 32 | BPF_F_CURRENT_CPU, value, 8)")]
    [InlineData("bpf_perf_event_output(ctx, &records, 7000ull << 32, value, 8)")]
    public void What_the_run_has_about_it_is_the_same(string made)
    {
        CheckedRun run = CheckStored(made);
        Assert.Empty(run.Differences);
        Assert.Empty(run.Left);
    }

    [Fact]
    public void A_word_that_depends_on_nothing_is_a_difference_beside_one_that_does()
    {
        CheckedRun run = CheckStored("bpf_ktime_get_ns(); value[1] = 5", code =>
        {
            byte[] bytes = code.Bytes.ToArray();
            int slot = Enumerable.Range(0, code.Instructions.Length).Single(i => code.Instructions[i] is { Code: 0xb7, Imm: 5 });
            new Instruction(0xb7, code.Instructions[slot].Dst, 0, 0, 6).Write(bytes.AsSpan(slot * Instruction.Size));
            return code with { Bytes = bytes };
        });
        Assert.Equal(
            ["map values differs at key 00000000, offset 8: 0600000000000000 in the machine, 0500000000000000 in the kernel"],
            run.Differences);
    }

    private static CheckedRun CheckStored(string made, Func<ProgramCode, ProgramCode>? change = null)
    {
        Requires.Root();
        byte[] file = BpfSource.Compile($$"""
            #include <linux/bpf.h>
            #include <bpf/bpf_helpers.h>
            struct {
                __uint(type, BPF_MAP_TYPE_ARRAY);
                __uint(max_entries, 1);
                __type(key, __u32);
                __type(value, __u64[3]);
            } values SEC(".maps");
            struct {
                __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
                __uint(key_size, 4);
                __uint(value_size, 4);
            } records SEC(".maps");
            SEC("xdp") int store(struct xdp_md *ctx)
            {
                __u32 key = 0;
                __u64 *value = bpf_map_lookup_elem(&values, &key);
                if (!value) return 0;
                value[0] = {{made}};
                return 2;
            }
            char gpl[] SEC("license") = "GPL";
            """);
        Assert.True(CodeFileReader.TryReadObject(file, out IReadOnlyList<ProgramCode> programs, out string? fault), fault);
        ProgramCode code = Assert.Single(programs);
        return Check(change?.Invoke(code) ?? code, file, "store");
    }

    // Of the immediates of a line: what is subtracted, added or returned becomes another number.
    private static void Change(ProgramCode code, byte[] bytes, string line)
    {
        const byte addImmediate = 0x07, moveImmediate = 0xb7, moveImmediate32 = 0xb4, addImmediate32 = 0x04;
        for (int slot = 0; slot < code.Instructions.Length; slot++)
        {
            Instruction one = code.Instructions[slot];
            bool isVerdict = line.StartsWith("return", StringComparison.Ordinal);
            bool isIt = isVerdict ? one is { Imm: 3 } : code.LineAt(slot)?.Text.Contains(line, StringComparison.Ordinal) == true;
            if (!isIt || one.Code is not (addImmediate or moveImmediate or moveImmediate32 or addImmediate32)) continue;
            int other = isVerdict ? 1 : one.Imm * 2;
            new Instruction(one.Code, one.Dst, one.Src, one.Off, other).Write(bytes.AsSpan(slot * Instruction.Size));
        }
    }

    private static ProgramCode Code() => Assert.Single(CodeFileReader.Read(BpfSource.File(Source)));

    private static CheckedRun Check(ProgramCode code) => Check(code, BpfSource.Object(Source), "stepped");

    private static CheckedRun Check(ProgramCode code, byte[] file, string name)
    {
        Requires.Root();
        Assert.True(PacketText.TryParse("udp 10.0.0.1:5 > 10.0.0.2:53", out PacketSpec spec, out string error), error);
        using ObjectProgram loaded = ObjectProgram.Load(file, name, null);
        return KernelCheck.Run(
            new DebugTarget(code, new MachineInput { Packet = PacketBuilder.Build(spec) }, new MachineOptions()), loaded.Program);
    }
}
