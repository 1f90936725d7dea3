using Skep.Analysis.Explain;
using Skep.Bpf;

namespace Skep.EndToEnd.Machine;

/// <summary>What the kernel has names for, by its BTF, has a name here: on the newest kernel, what was added to it.</summary>
[Trait("level", "machine")]
public sealed class KernelNamesTests
{
    // Functions for the kernel's own tests.
    private static readonly string[] OfTests = ["bpf_fentry_test", "bpf_kfunc_call_", "bpf_modify_return_test", "bpf_testmod_"];

    private static readonly Lazy<Btf> s_kernel = new(() => Btf.LoadKernel());

    [Theory]
    [InlineData("bpf_cmd")]
    [InlineData("bpf_prog_type")]
    [InlineData("bpf_map_type")]
    [InlineData("bpf_link_type")]
    [InlineData("bpf_attach_type")]
    public void Each_number_has_a_name(string enumeration)
    {
        int known = enumeration switch
        {
            "bpf_cmd" => BpfCommandNames.KnownCount,
            "bpf_prog_type" => BpfProgramTypeNames.KnownCount,
            "bpf_map_type" => BpfMapTypeNames.KnownCount,
            "bpf_link_type" => BpfLinkTypeNames.KnownCount,
            _ => BpfAttachTypeNames.KnownCount,
        };
        Assert.True(s_kernel.Value.TryFind(enumeration, BtfKind.Enum, out BtfType type), enumeration);
        BtfEnumerator[] items = [.. type.GetEnumerators()];
        Assert.NotEmpty(items);

        // The flag that common attributes follow is no command.
        string[] unknown = [.. items.Where(item => item.Value >= known && item.Name is not "BPF_COMMON_ATTRS"
            && !item.Name.StartsWith("__MAX_", StringComparison.Ordinal)).Select(item => $"{item.Name} = {item.Value}")];
        Assert.Empty(unknown);
    }

    [Fact]
    public void Each_kernel_function_that_programs_may_call_is_for_something()
    {
        var functions = new List<string>();
        for (uint id = s_kernel.Value.FirstId; id < s_kernel.Value.EndId; id++)
            if (s_kernel.Value[id] is { Kind: BtfKind.DeclTag, Name: "bpf_kfunc" } tag) functions.Add(s_kernel.Value[tag.TypeId].Name);
        Assert.SkipWhen(functions.Count == 0, "the machine cannot: its kernel does not say which functions programs may call");
        string[] unknown = [.. functions.Where(name => KfuncTable.CapabilityOf(name) == "kfunc"
            && !OfTests.Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal)))];
        Assert.Empty(unknown);
    }
}
