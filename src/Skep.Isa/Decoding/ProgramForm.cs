namespace Skep.Isa;

/// <summary>
/// Whose view of a program the instructions are. The kernel rewrites some operands of a program that it has verified, and the
/// same bits then mean something else.
/// </summary>
public enum ProgramForm : byte
{
    /// <summary>
    /// As given to <c>bpf(BPF_PROG_LOAD)</c>, or in an object file: maps are descriptors, local calls are relative in the immediate.
    /// </summary>
    Loaded,

    /// <summary>
    /// As <c>bpftool prog dump xlated</c> gets it from the kernel (<c>bpf_insn_prepare_dump</c>): maps are ids, local calls are
    /// relative in the offset, helpers and kernel functions are addresses relative to <c>__bpf_call_base</c>.
    /// </summary>
    Translated,
}
