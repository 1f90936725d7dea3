using Skep.Bpf;
using Skep.Isa;
using Skep.Linux.Errors;

namespace Skep.Filter.Runtime.Devices;

/// <summary>What the running kernel has behind the context of XDP, and whether a program may read it.</summary>
internal static class ContextLayout
{
    /// <summary>The id in BTF of <c>bpf_cast_to_kern_ctx</c> (Linux 6.2); 0 for none.</summary>
    internal static int Cast(KernelTypes kernel) =>
        kernel.Btf is { } btf && btf.TryFind("bpf_cast_to_kern_ctx", BtfKind.Func, out var cast) ? (int)cast.Id : 0;

    /// <summary>The offset of a member in bytes; null where there is no such type or member, or no BTF.</summary>
    internal static int? Offset(KernelTypes kernel, string type, string member) =>
        kernel.Btf is { } btf && btf.TryFind(type, BtfKind.Struct, out var found)
            && found.TryFindMember(member, out var field) ? (int)(field.BitOffset / 8) : null;

    /// <summary>The value of an enumerator; null where there is none, or no BTF.</summary>
    internal static long? Value(KernelTypes kernel, string type, string name) =>
        kernel.Btf is { } btf && btf.TryFind(type, BtfKind.Enum, out var found)
            && found.GetEnumerators().FirstOrDefault(e => e.Name == name) is { Name: not null } value ? value.Value : null;

    /// <summary>Whether the kernel accepts a program that reads it.</summary>
    /// <exception cref="KernelException">The kernel refused it for another reason.</exception>
    internal static bool Loads(Assembler code)
    {
        try
        {
            BpfProgram.Load(BpfProgramType.Xdp, code.Build(), new ProgramLoadOptions { Name = "skep_probe" }).Dispose();
            return true;
        }
        catch (KernelException e) when (e.Error.Name is "EINVAL" or "EACCES" or "EPERM" or "ENOENT" or "EFAULT")
        {
            return false;
        }
    }
}
