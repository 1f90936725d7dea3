namespace Skep.Analysis.Analyze;

/// <summary>What is said of programs that see the registers of a processor, which is x86-64: those of others are not named.</summary>
internal static class X86Registers
{
    // bpf_tracing.h, __PT_PARM1_REG and so on, by their name in struct pt_regs.
    private static readonly string[] Arguments = ["di", "si", "dx", "cx", "r8", "r9"];

    // arch/x86/entry/syscalls/syscall_64.tbl.
    private const int Getdents = 78, Getdents64 = 217;

    /// <summary>The number of the argument that a register of <c>struct pt_regs</c> holds, from 0; null for another.</summary>
    internal static int? ArgumentOf(string register) =>
        Array.IndexOf(Arguments, KernelName(register)) is >= 0 and var number ? number : null;

    internal static bool IsResult(string register) => KernelName(register) == "ax";

    internal static bool IsSystemCallNumber(string? register) => register is "orig_ax" or "orig_rax";

    internal static bool ListsDirectory(long systemCall) => systemCall is Getdents or Getdents64;

    // The header for user space calls them rdi, rsi, ...
    private static string KernelName(string register) => register is ['r', >= 'a' and <= 'z', _] ? register[1..] : register;
}
