using Skep.Linux.Errors;

namespace Skep.Bpf;

/// <summary>The types of a kernel, and their names.</summary>
public sealed class KernelTypes
{
    private readonly Lazy<Btf?> _btf;

    /// <summary>Those of the kernel that runs here: its BTF is read when the first is asked for.</summary>
    public KernelTypes() => _btf = new Lazy<Btf?>(() =>
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

    /// <summary>Those of another kernel.</summary>
    /// <param name="btf">Its BTF.</param>
    public KernelTypes(Btf btf) => _btf = new Lazy<Btf?>(btf);

    /// <summary>The kernel's BTF; null where it has none, or that may not be read.</summary>
    public Btf? Btf => _btf.Value;

    /// <summary>The kernel's BTF.</summary>
    /// <exception cref="NotSupportedByKernelException">It has none.</exception>
    /// <exception cref="BpfException">It may not be read.</exception>
    public Btf Require() => Btf ?? Skep.Bpf.Btf.LoadKernel();

    /// <summary>The type's name; null if there is no such type, or no BTF.</summary>
    public string? Name(uint id) => Btf is { } btf && id < btf.EndId ? btf[id].Name : null;
}
