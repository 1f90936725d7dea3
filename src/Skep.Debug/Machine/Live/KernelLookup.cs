using System.Buffers.Binary;
using Skep.Bpf;
using Skep.Debug.Machine.Memory;
using Skep.Debug.Machine.State;
using Skep.Isa;
using static Skep.Isa.Register;

namespace Skep.Debug.Machine.Live;

/// <summary>
/// Asks the kernel of this machine, in the network namespace of this thread: a program that makes the one call is loaded, run once on the
/// packet by BPF_PROG_RUN, and unloaded.
/// </summary>
public sealed class KernelLookup : IKernelLookup
{
    // The value of the program's map: the numbers that the call is given, its result, and the memory that it changes.
    private const short NumbersAt = 0, ResultAt = 24, BytesAt = 32;

    /// <inheritdoc/>
    public KernelAnswer Answer(KernelQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var value = new byte[BytesAt + question.Bytes.Length];
        for (int i = 0; i < question.Numbers.Count; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(value.AsSpan(At(i)), question.Numbers[i]);
        question.Bytes.CopyTo(value.AsMemory(BytesAt));
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, sizeof(uint), (uint)value.Length, 1) { Name = "skep_lookup" });
        var key = new byte[sizeof(uint)];
        map.Update(key, value);
        using BpfProgram program = BpfProgram.Load(
            question.Type, CodeOf(question), new ProgramLoadOptions { Name = "skep_lookup", Maps = [map] });
        program.Run(new BpfRun { Data = question.Packet.Span, Context = question.Context.ToArray() });
        map.TryLookup(key, value);
        return new(BinaryPrimitives.ReadUInt64LittleEndian(value.AsSpan(ResultAt)), value.AsMemory(BytesAt));
    }

    private static short At(int number) => (short)(NumbersAt + (number * sizeof(ulong)));

    private static Instruction[] CodeOf(KernelQuestion question)
    {
        var code = new Assembler();
        code.LoadMapIndexValue(R7, 0, 0);
        switch (question.Call)
        {
            case "bpf_fib_lookup":
                code.Mov(R2, R7).Add(R2, BytesAt).Mov(R3, Length(question)).Load(MemorySize.Double, R4, R7, At(1));
                break;
            case "bpf_check_mtu":
                code.Load(MemorySize.Double, R2, R7, At(0)).Mov(R3, R7).Add(R3, BytesAt).Load(MemorySize.Double, R4, R7, At(1))
                    .Load(MemorySize.Double, R5, R7, At(2));
                break;
            case "bpf_sk_lookup_tcp" or "bpf_sk_lookup_udp" or "bpf_skc_lookup_tcp":
                code.Mov(R2, R7).Add(R2, BytesAt).Mov(R3, Length(question)).Load(MemorySize.Double, R4, R7, At(1))
                    .Load(MemorySize.Double, R5, R7, At(2)).Call(question.Call);
                EmitSocket(code, isFull: !SocketRegion.IsCommon(question.Call));
                return code.Build();
            default:
                throw new ArgumentException($"{question.Call} is no call that a kernel is asked for", nameof(question));
        }

        return code.Call(question.Call).Store(MemorySize.Double, R7, ResultAt, R0).Mov(R0, 0).Exit().Build();
    }

    // The size of memory has to be a constant.
    private static int Length(KernelQuestion question) => (int)question.Numbers[0];

    // Copies a socket and gives it back.
    private static void EmitSocket(Assembler code, bool isFull)
    {
        Label none = code.DefineLabel("none");
        code.JumpIf(Condition.Equal, R0, 0, none);
        foreach (short at in SocketRegion.Words(isFull))
            code.Load(MemorySize.Word, R1, R0, at).Store(MemorySize.Word, R7, (short)(BytesAt + at), R1);
        code.Load(MemorySize.Half, R1, R0, SocketRegion.PortAt).Store(MemorySize.Word, R7, BytesAt + SocketRegion.PortAt, R1)
            .Mov(R1, R0).Call("bpf_sk_release").Store(MemorySize.Double, R7, ResultAt, 1)
            .Bind(none).Mov(R0, 0).Exit();
    }
}
