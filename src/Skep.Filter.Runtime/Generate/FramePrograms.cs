using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Runtime.Generate;

/// <summary>The programs of <see cref="FrameSender"/>, and the state that they share.</summary>
internal static class FramePrograms
{
    /// <summary>The length before the bytes of each frame.</summary>
    internal const int LengthBytes = 4;

    /// <summary>
    /// The next frame, how many there are, those handed to the device and their bytes, those that it has not answered for, those it took,
    /// and the CPU.
    /// </summary>
    internal const int Next = 0, Frames = 8, Tried = 16, Bytes = 24, Pending = 32, Sent = 40, Cpu = 48, StateBytes = 56;

    // include/uapi/linux/bpf.h.
    private const int MapLookup = 1, GetProcessor = 8, Redirect = 23, AdjustTail = 65, StoreBytes = 190, Drop = 1;

    // The arguments of trace_xdp_devmap_xmit (include/trace/events/xdp.h): from_dev, to_dev, sent, drops, err.
    private const short SentArgument = 16, DropsArgument = 24;

    /// <summary>
    /// Fills a frame and redirects it. All of a frame is written each time: the kernel uses pages again with what is in them.
    /// </summary>
    internal static Instruction[] Send(uint device, int longest)
    {
        var code = new Assembler();
        var (inside, whole, drop) = (code.DefineLabel("inside"), code.DefineLabel("whole"), code.DefineLabel("drop"));
        code.Mov(R6, R1).LoadMapIndexValue(R7, 1, 0)
            .Load(MemorySize.Double, R1, R7, Next).Store(MemorySize.Word, R10, -4, R1).Add(R1, 1).Load(MemorySize.Double, R2, R7, Frames)
            .JumpIf(Condition.Less, R1, R2, inside).Mov(R1, 0)
            .Bind(inside).Store(MemorySize.Double, R7, Next, R1)
            .LoadMapIndex(R1, 0).Mov(R2, R10).Add(R2, -4).Call(MapLookup).JumpIf(Condition.Equal, R0, 0, drop)
            .Mov(R8, R0).Load(MemorySize.Word, R9, R8)
            .JumpIf(Condition.Less, R9, FrameSender.LeastBytes, drop).JumpIf(Condition.Greater, R9, longest, drop);
        Step(code, Tried, 1);
        code.Load(MemorySize.Double, R1, R7, Bytes).Add(R1, R9).Store(MemorySize.Double, R7, Bytes, R1);
        code.Mov(R1, R6).Mov(R2, R9).Add(R2, -longest).JumpIf(Condition.Equal, R2, 0, whole)
            .Call(AdjustTail).JumpIf(Condition.NotEqual, R0, 0, drop)
            .Bind(whole).Mov(R1, R6).Mov(R2, 0).Mov(R3, R8).Add(R3, LengthBytes).Mov(R4, R9).Call(StoreBytes)
            .JumpIf(Condition.NotEqual, R0, 0, drop)
            .Call(GetProcessor).Store(MemorySize.Double, R7, Cpu, R0);
        Step(code, Pending, 1);
        return code.Mov(R1, (int)device).Mov(R2, 0).Call(Redirect).Exit().Bind(drop).Mov(R0, Drop).Exit().Build();
    }

    /// <summary>
    /// Counts what the device took. Frames of others go by the same tracepoint, but not on that CPU while some of ours are pending: they
    /// are redirected and flushed with softirqs off.
    /// </summary>
    internal static Instruction[] Count()
    {
        var code = new Assembler();
        var others = code.DefineLabel("others");
        return code.Mov(R6, R1).LoadMapIndexValue(R7, 0, 0)
            .Load(MemorySize.Double, R8, R7, Pending).JumpIf(Condition.Equal, R8, 0, others)
            .Call(GetProcessor).Load(MemorySize.Double, R1, R7, Cpu).JumpIf(Condition.NotEqual, R0, R1, others)
            .Load(MemorySize.Double, R2, R6, SentArgument).Mov32(R2, R2).Load(MemorySize.Double, R3, R6, DropsArgument).Mov32(R3, R3)
            .Load(MemorySize.Double, R1, R7, Sent).Add(R1, R2).Store(MemorySize.Double, R7, Sent, R1)
            .Sub(R8, R2).Sub(R8, R3).Store(MemorySize.Double, R7, Pending, R8)
            .Bind(others).Mov(R0, 0).Exit().Build();
    }

    private static void Step(Assembler code, short counter, int by) =>
        code.Load(MemorySize.Double, R1, R7, counter).Add(R1, by).Store(MemorySize.Double, R7, counter, R1);
}
