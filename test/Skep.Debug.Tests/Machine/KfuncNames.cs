using Skep.Bpf;

namespace Skep.Debug.Tests.Machine;

/// <summary>Kernel functions that a test's program calls, by the ids that the kernel has them by.</summary>
internal sealed class KfuncNames
{
    private readonly Btf _kernel = Btf.LoadKernel();
    private readonly Dictionary<int, string> _names = [];

    internal IReadOnlyDictionary<int, string> Names => _names;

    internal int Id(string name)
    {
        Assert.SkipUnless(_kernel.TryFind(name, BtfKind.Func, out BtfType type), $"the machine cannot: its kernel has no {name}");
        _names[(int)type.Id] = name;
        return (int)type.Id;
    }
}
