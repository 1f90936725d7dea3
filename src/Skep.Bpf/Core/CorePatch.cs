namespace Skep.Bpf.Core;

/// <summary>Puts what a relocation comes to into an instruction, as libbpf does (bpf_core_patch_insn).</summary>
internal static class CorePatch
{
    private const int ClassMask = 7, SourceRegister = 8, ImmediateWide = 0x18, CallHelper = 0x85;
    private const int Load = 1, Store = 2, StoreRegister = 3, Alu = 4, Alu64 = 7;

    // No helper has this number: the verifier refuses the program if the instruction can be reached (libbpf's own number).
    private const uint NoHelper = 195896080;

    /// <summary>Changes the instruction at an index.</summary>
    /// <exception cref="NotSupportedException">
    /// The field has another size on this kernel, or the instruction takes no such value.
    /// </exception>
    public static void Apply(Span<ulong> code, int index, in CoreRelocation relocation, CoreAnswer answer)
    {
        bool asks =
            relocation.Kind is CoreRelocationKind.FieldExists or CoreRelocationKind.TypeExists or CoreRelocationKind.EnumerationExists;
        if (!answer.Found && !asks)
        {
            code[index] = CallHelper | (ulong)NoHelper << 32;
            return;
        }

        ulong word = code[index];
        switch ((int)word & ClassMask)
        {
            case Alu or Alu64 when (word & SourceRegister) == 0:
                code[index] = (word & 0xffff_ffff) | answer.Value << 32;
                break;
            case Load or Store or StoreRegister:
                if (answer.OwnSize != answer.Size)
                    throw new NotSupportedException(
                        $"relocate a BPF program: a field of {answer.OwnSize} bytes has {answer.Size} on this kernel");
                if (answer.Value > (ulong)short.MaxValue)
                    throw new NotSupportedException($"relocate a BPF program: a field is {answer.Value} bytes from its struct's start");
                code[index] = (word & ~0xffff_0000ul) | answer.Value << 16;
                break;
            case 0 when (byte)word == ImmediateWide && index + 1 < code.Length:
                code[index] = (word & 0xffff_ffff) | answer.Value << 32;
                code[index + 1] = (code[index + 1] & 0xffff_ffff) | answer.Value >> 32 << 32;
                break;
            default:
                throw new NotSupportedException($"relocate a BPF program: instruction {index} takes no value");
        }
    }
}
