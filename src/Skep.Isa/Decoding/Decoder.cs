using System.Runtime.InteropServices;

namespace Skep.Isa;

/// <summary>
/// Instructions from slots. Every word decodes: one that the kernel would refuse for its form is an item with a fault. The checks
/// are those on an instruction by itself (reserved fields as in <c>do_check</c> and <c>resolve_pseudo_ldimm64</c> of
/// kernel/bpf/verifier.c), not those on a program.
/// </summary>
public static class Decoder
{
    /// <summary>Decodes the instruction that starts at a slot.</summary>
    /// <param name="program">All slots of the program.</param>
    /// <param name="index">Slot number, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside of <paramref name="program"/>.</exception>
    public static DecodedInstruction Decode(ReadOnlySpan<Instruction> program, int index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)program.Length, nameof(index));
        var first = program[index];
        if (first.IsWide)
            return DecodeWide(program, index, first);
        var kind = DecodeTable.Kinds[first.Code];
        var fault = kind == OperationKind.Invalid ? DecodeFault.UnknownOpcode : FieldRules.Check(ref kind, first);
        return new(index, first, default, 1, kind, fault);
    }

    /// <summary>Decodes one slot by itself. A two-slot instruction then lacks its second slot.</summary>
    public static DecodedInstruction Decode(Instruction slot) => Decode(new ReadOnlySpan<Instruction>(in slot), 0);

    /// <summary>All instructions of a program, in order.</summary>
    public static InstructionSequence Decode(ReadOnlySpan<Instruction> program) => new(program);

    /// <summary>All instructions of a program in its bytes; a rest shorter than a slot is left out.</summary>
    /// <exception cref="PlatformNotSupportedException">On a big-endian machine.</exception>
    public static InstructionSequence Decode(ReadOnlySpan<byte> bytes) => new(Slots(bytes));

    /// <summary>The slots in a program's bytes, without a copy; a rest shorter than a slot is left out.</summary>
    /// <exception cref="PlatformNotSupportedException">On a big-endian machine.</exception>
    public static ReadOnlySpan<Instruction> Slots(ReadOnlySpan<byte> bytes) => BitConverter.IsLittleEndian
        ? MemoryMarshal.Cast<byte, Instruction>(bytes)
        : throw new PlatformNotSupportedException("viewing bytes as BPF instructions: this machine is big-endian (use Instruction.Read)");

    private static DecodedInstruction DecodeWide(ReadOnlySpan<Instruction> program, int index, Instruction first)
    {
        var kind = first.Src switch
        {
            WideSource.Number => OperationKind.LoadNumber,
            WideSource.MapFd => OperationKind.LoadMap,
            WideSource.MapValue => OperationKind.LoadMapValue,
            WideSource.BtfId => OperationKind.LoadBtfId,
            WideSource.Function => OperationKind.LoadFunction,
            WideSource.MapIndex => OperationKind.LoadMapIndex,
            WideSource.MapIndexValue => OperationKind.LoadMapIndexValue,
            _ => OperationKind.LoadNumber,
        };
        if (index + 1 >= program.Length)
            return new(index, first, default, 1, kind, DecodeFault.MissingSecondSlot);
        var second = program[index + 1];
        if ((uint)second.Raw != 0)
            return new(index, first, default, 1, kind, DecodeFault.MalformedSecondSlot);
        var fault = DecodeFault.None;
        if (first.Src > WideSource.MapIndexValue)
            fault = DecodeFault.UnknownPseudoSource;
        else if (first.Dst > (byte)Register.Ax)
            fault = DecodeFault.InvalidRegister;
        else if (first.Off != 0 || (kind is OperationKind.LoadMap or OperationKind.LoadMapIndex && second.Imm != 0))
            fault = DecodeFault.ReservedField;
        return new(index, first, second, 2, kind, fault);
    }
}

/// <summary>The instructions of a program, decoded one by one in a <c>foreach</c>.</summary>
public ref struct InstructionSequence
{
    private readonly ReadOnlySpan<Instruction> _program;
    private int _next;

    internal InstructionSequence(ReadOnlySpan<Instruction> program)
    {
        _program = program;
        Current = default;
    }

    /// <summary>The instruction decoded last.</summary>
    public DecodedInstruction Current { get; private set; }

    /// <summary>This sequence, from its start.</summary>
    public readonly InstructionSequence GetEnumerator() => new(_program);

    /// <summary>Decodes the next instruction; false at the end.</summary>
    public bool MoveNext()
    {
        if (_next >= _program.Length)
            return false;
        Current = Decoder.Decode(_program, _next);
        _next += Current.Slots;
        return true;
    }
}
