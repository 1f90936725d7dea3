using System;
using Skep.Filter.Model;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Filter.Compile;

/// <summary>
/// Emits logging. Each statement is some instructions, which look whether somebody follows the log and throw the dice; what makes the
/// record is one function for all of them. It has no frame of its own: the frames of all functions that call each other have 512 bytes
/// together.
/// </summary>
internal sealed class LogEmitter(Assembler code, FilterPlan plan, VerifierWork work)
{
    private const int Largest = 64, Smallest = 8;

    private readonly Label _record = code.DefineLabel("record");

    private bool _isUsed;

    internal void Emit(Rule rule, LogStatement log)
    {
        var done = code.DefineLabel("logged");
        code.LoadMapIndexValue(R1, plan.MapFor(MapRole.LogFollowed), 0).Load(MemorySize.Word, R1, R1).JumpIf(Condition.Equal, R1, 0, done);
        if (log.SampleOneIn > 1)
        {
            // One of N numbers of 32 bits, as the evaluator has it: random * N < 2^32.
            code.Call(Helpers.RandomU32).Mov32(R0, R0).Mov32(R1, (int)log.SampleOneIn).Mul(R0, R1).Rsh(R0, 32)
                .JumpIf(Condition.NotEqual, R0, 0, done);
        }
        code.Store(MemorySize.Word, R10, Slots.Key, 0).Mov(R1, Registers.Context).LoadImm64(R2, LogLayout.KeyOf(rule)).Mov(R3, R10)
            .Add(R3, Slots.Key)
            .CallLocal(_record).Bind(done);
        work.NoteCall();
        _isUsed = true;
    }

    /// <summary>Emits the function behind the program: R1 is the context, R2 the rule's key, R3 points at a map's key of 0.</summary>
    internal void EmitFunction()
    {
        if (!_isUsed) return;
        var (end, copied, lost) = (code.DefineLabel("end of record"), code.DefineLabel("copied"), code.DefineLabel("lost"));
        const short packet = LogLayout.Record + LogLayout.Packet;
        code.Bind(_record).Mov(R6, R1).Mov(R7, R2).LoadMapIndex(R1, plan.MapFor(MapRole.LogScratch)).Mov(R2, R3).Call(Helpers.MapLookup)
            .JumpIf(Condition.Equal, R0, 0, end).Mov(R8, R0)
            .Store(MemorySize.Double, R8, LogLayout.Record + LogLayout.Rule, R7)

            // struct xdp_md: ingress_ifindex is at 12, rx_queue_index at 16.
            .Load(MemorySize.Word, R1, R6, 12).Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.IfIndex, R1)
            .Load(MemorySize.Word, R1, R6, 16).Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.Queue, R1);
        code.Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.Start, (int)plan.Start);
        if (plan.HasFrags)
            code.Mov(R1, R6).Call(Helpers.GetBufferLength).Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.Length, R0);
        code.Load(MemorySize.Word, R2, R6).Load(MemorySize.Word, R3, R6, 4).Mov(R9, R3).Sub(R9, R2);
        if (!plan.HasFrags) code.Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.Length, R9);
        code.Mov(R1, R8).Add(R1, packet);
        EmitCopy(copied, end);
        code.Bind(copied).Store(MemorySize.Word, R8, LogLayout.Record + LogLayout.Captured, R9)
            .Call(Helpers.KtimeGetBootNs).Store(MemorySize.Double, R8, LogLayout.Record + LogLayout.Time, R0)
            .LoadMapIndex(R1, plan.MapFor(MapRole.Log)).Mov(R2, R8).Add(R2, LogLayout.Record).Mov(R3, R9).Add(R3, LogLayout.Packet)
            .Mov(R4, 0)
            .Call(Helpers.RingbufOutput).JumpIf(Condition.NotEqual, R0, 0, lost);
        EmitCount(LogLayout.Sent);
        code.Jump(end).Bind(lost);
        EmitCount(LogLayout.Lost);
        code.Bind(end).Mov(R0, 0).Exit();
    }

    private void EmitCount(short at) => code.Load(MemorySize.Double, R1, R8, at).Add(R1, 1).Store(MemorySize.Double, R8, at, R1);

    /// <summary>
    /// Copies the packet from R2 on to R1, R9 bytes but at most the snap length, and leaves in R9 how many. bpf_xdp_load_bytes needs Linux
    /// 5.18. A length that is no multiple of the block ends with a block that overlaps the one before.
    /// </summary>
    private void EmitCopy(Label copied, Label end)
    {
        var (fits, tail) = (code.DefineLabel("fits"), code.DefineLabel("tail"));
        code.JumpIf(Condition.LessOrEqual, R9, LogLayout.SnapLength, fits).Mov(R9, LogLayout.SnapLength).Bind(fits);
        var smaller = code.DefineLabel("a smaller block");
        code.JumpIf(Condition.Less, R9, Largest, smaller);
        for (var at = 0; at < LogLayout.SnapLength; at += Largest)
        {
            if (at > 0) code.JumpIf(Condition.Less, R9, at + Largest, tail);
            EmitBlock(at, Largest, end);
        }
        code.Jump(copied).Bind(tail);
        EmitTail(Largest, end);
        code.Jump(copied);
        for (var bytes = Largest / 2; bytes >= Smallest; bytes /= 2)
        {
            code.Bind(smaller);
            smaller = code.DefineLabel("a smaller block");
            code.JumpIf(Condition.Less, R9, bytes, smaller);
            EmitBlock(0, bytes, end);
            EmitTail(bytes, end);
            code.Jump(copied);
        }

        // A frame has 14 bytes at least (net/bpf/test_run.c, and the drivers), an IP packet 20; less is not copied.
        code.Bind(smaller).Mov(R9, 0);
    }

    private void EmitTail(int bytes, Label end)
    {
        code.Mov(R5, R9).Sub(R5, bytes).Add(R1, R5).Add(R2, R5);
        EmitBlock(0, bytes, end);
    }

    private void EmitBlock(int at, int bytes, Label end)
    {
        code.Mov(R0, R2).Add(R0, at + bytes).JumpIf(Condition.Greater, R0, R3, end);
        for (var i = at; i < at + bytes; i += 8) code.Load(MemorySize.Double, R4, R2, (short)i).Store(MemorySize.Double, R1, (short)i, R4);
    }
}
