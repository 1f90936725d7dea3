using Skep.Bpf;
using Skep.Bpf.Core;

namespace Skep.Watch.Tests.Inventory;

/// <summary>The iterators, loaded without libbpf, against libbpf's own relocation of the same object.</summary>
[Trait("level", "kernel")]
public sealed class IteratorKernelTests
{
    [Theory]
    [InlineData("task_file", "skep_owners")]
    [InlineData("bpf_prog", "skep_programs")]
    [InlineData("bpf_map", "skep_maps")]
    [InlineData("bpf_link", "skep_links")]
    [InlineData("task", "skep_seccomp")]
    public void The_loaded_code_is_that_of_libbpf(string target, string function)
    {
        if (!ProcessCapabilities.Read().CanTrace) Assert.Skip("loading programs needs root");
        byte[] file = EmbeddedObject.Read("owners.bpf.o");
        using BpfObject libbpf = BpfObject.Open(file, "owners");
        libbpf.Load();
        using BpfProgram theirs = libbpf.Program(function).Open();
        using BpfProgram ours = IteratorObject.Open(file).Load(Btf.LoadKernel(), target)[0]!;
        Assert.Equal(theirs.GetXlated(), ours.GetXlated());
        Assert.Equal(theirs.GetInfo().Tag, ours.GetInfo().Tag);
        Assert.Equal(theirs.GetInfo().AttachBtfId, ours.GetInfo().AttachBtfId);
        Assert.Equal(function[..Math.Min(function.Length, 15)], ours.GetInfo().Name);
    }

    [Fact]
    public void What_is_no_iterator_of_the_object_is_refused()
    {
        if (!ProcessCapabilities.Read().CanTrace) Assert.Skip("loading programs needs root");
        IteratorObject iterators = IteratorObject.Open(EmbeddedObject.Read("owners.bpf.o"));
        Assert.Throws<ArgumentException>(() => iterators.Load(Btf.LoadKernel(), "bpf_sk_storage_map"));
        Assert.Throws<InvalidDataException>(() => IteratorObject.Open([0x7f, 1, 2, 3]));
    }
}
