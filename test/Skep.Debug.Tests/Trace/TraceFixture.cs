using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Skep.Debug.Layouts;
using Skep.Debug.Trace;
using Skep.Inventory.Code;
using Skep.Packets.Building;

namespace Skep.Debug.Tests.Trace;

/// <summary>Functions of a compiled object, and the records that the kernel side would send of their calls.</summary>
internal static class TraceFixture
{
    private const string Source = """
        #include <linux/bpf.h>
        #include <bpf/bpf_helpers.h>
        enum color { RED, GREEN = 7 };
        static __noinline int helper(struct xdp_md *ctx, enum color color, signed char step, void *at)
        {
            return ctx->data_end > ctx->data ? (int)color + step + (at != 0) : -1;
        }
        SEC("xdp") int entry(struct xdp_md *ctx)
        {
            return helper(ctx, ctx->rx_queue_index, ctx->ingress_ifindex, (void *)(long)ctx->data_end);
        }
        SEC("raw_tp/sys_enter") int raw(void *ctx) { return *(int *)ctx; }
        char LICENSE[] SEC("license") = "GPL";
        """;

    private static readonly Lazy<IReadOnlyList<ProgramCode>> s_programs = new(() =>
    {
        byte[] elf = BpfSource.Compile(Source);
        return CodeFileReader.Read("traced.bpf.o", elf, new TargetKernel());
    });

    public static ProgramCode Program(string name) => s_programs.Value.First(code => code.Name == name);

    public static TraceTarget Target(string program, string? function = null) => TraceTarget.OfProgram(Program(program), function);

    public static byte[] Packet(string text)
    {
        Assert.True(PacketText.TryParse(text, out PacketSpec spec, out string error), error);
        return PacketBuilder.Build(spec);
    }

    /// <summary>A record of a call of XDP.</summary>
    public static TracedRecord Head(TraceKind kind, ulong result = 0, params ulong[] arguments)
    {
        var head = new TracedRecord
        {
            Kind = kind, Cpu = 2, Time = 5_000_000_000, Call = 41, Duration = 1500, Result = result, Pid = 10, Tid = 11,
            ArgCount = (uint)arguments.Length,
        };
        for (int i = 0; i < arguments.Length; i++) head.Args[i] = arguments[i];
        Put(head.Comm, "worker");
        Put(head.Packet.Device, "eth7");
        (head.Packet.Ifindex, head.Packet.Queue, head.Packet.Hardware) = (7, 3, 1);
        return head;
    }

    /// <summary>The record with its stack and its data.</summary>
    public static byte[] Record(TracedRecord head, byte[] data, int stackRoom = 0, params ulong[] stack)
    {
        (head.DataBytes, head.StackBytes) = ((uint)data.Length, (uint)stack.Length * sizeof(ulong));
        byte[] frames = new byte[stackRoom];
        MemoryMarshal.AsBytes(stack.AsSpan()).CopyTo(frames);
        return [.. MemoryMarshal.AsBytes(new ReadOnlySpan<TracedRecord>(in head)), .. frames, .. data, .. new byte[64]];
    }

    /// <summary>A call of XDP whose packet becomes another.</summary>
    public static TraceCall Call(string before, string after, ulong result)
    {
        var reader = new CallReader([Target("entry")], 0);
        byte[] first = Packet(before), last = Packet(after);
        TracedRecord entry = Head(TraceKind.Entry), exit = Head(TraceKind.Exit, result, 0xffff_8880_0000_1000);
        (entry.Packet.Length, exit.Packet.Length) = ((uint)first.Length, (uint)last.Length);
        Assert.Equal(default, reader.Read(Record(entry, first)));
        return reader.Read(Record(exit, last)).Call!;
    }

    private static void Put(Span<byte> field, string text) => Encoding.ASCII.GetBytes(text).CopyTo(field);
}
