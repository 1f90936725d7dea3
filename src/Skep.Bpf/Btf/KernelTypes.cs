using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>Names of the kernel's BTF types. Its BTF is read when the first is asked for.</summary>
public static class KernelTypes
{
    private static readonly Lazy<Btf?> Kernel = new(() =>
    {
        try
        {
            return Skep.Bpf.Btf.LoadKernel();
        }
        catch (Exception e) when (e is KernelException or InvalidDataException)
        {
            return null;
        }
    });

    /// <summary>The kernel's BTF; null where it has none, or that may not be read.</summary>
    public static Btf? Btf => Kernel.Value;

    /// <summary>The type's name; null if there is no such type, or no BTF.</summary>
    public static string? Name(uint id) => Kernel.Value is { } btf && id < btf.EndId ? btf[id].Name : null;
}
