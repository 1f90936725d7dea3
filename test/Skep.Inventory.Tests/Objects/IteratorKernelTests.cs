using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Inventory.Passes;
using Skep.Linux.Errors;
using Skep.Linux.Files;

namespace Skep.Inventory.Tests.Objects;

/// <summary>The iterators, loaded without libbpf, against libbpf's own relocation of the same object.</summary>
[Trait("level", "kernel")]
public sealed class IteratorKernelTests
{
    [Theory]
    [InlineData("skep_owners")]
    [InlineData("skep_programs")]
    [InlineData("skep_maps")]
    [InlineData("skep_struct_ops")]
    [InlineData("skep_links")]
    [InlineData("skep_seccomp")]
    public void The_loaded_code_is_that_of_libbpf(string function)
    {
        if (!ProcessCapabilities.Read().CanTrace) Assert.Skip("loading programs needs root");
        byte[] file = EmbeddedObject.Read(typeof(IteratorPass).Assembly, "owners.bpf.o");
        using BpfObject libbpf = BpfObject.Open(file, "owners");
        libbpf.Load();
        using BpfProgram theirs = libbpf.Program(function).Open();
        using BpfProgram ours = IteratorObject.Open(file).Prepare(Btf.LoadKernel(), function).Load()[0]!;
        Assert.Equal(theirs.GetXlated(), ours.GetXlated());
        Assert.Equal(theirs.GetInfo().Tag, ours.GetInfo().Tag);
        Assert.Equal(theirs.GetInfo().AttachBtfId, ours.GetInfo().AttachBtfId);
        Assert.Equal(function[..Math.Min(function.Length, 15)], ours.GetInfo().Name);
    }

    [Fact]
    public void Types_are_found_in_the_pass_that_counts_them_and_later()
    {
        if (!ProcessCapabilities.Read().CanTrace) Assert.Skip("loading programs needs root");
        IteratorObject iterators = IteratorObject.Open(EmbeddedObject.Read(typeof(IteratorPass).Assembly, "owners.bpf.o"));
        Btf first = Btf.LoadKernel(), later = Btf.LoadKernel();
        Assert.True(later.EndId > 1000);
        using BpfProgram one = iterators.Prepare(first, "skep_owners").Load()[0]!,
            other = iterators.Prepare(later, "skep_owners").Load()[0]!;
        Assert.Equal(one.GetXlated(), other.GetXlated());
        Assert.Equal(later.EndId, first.EndId);
    }

    [Fact]
    public void What_is_no_iterator_of_the_object_is_refused()
    {
        if (!ProcessCapabilities.Read().CanTrace) Assert.Skip("loading programs needs root");
        IteratorObject iterators = IteratorObject.Open(EmbeddedObject.Read(typeof(IteratorPass).Assembly, "owners.bpf.o"));
        Assert.Throws<ArgumentException>(() => iterators.Prepare(Btf.LoadKernel(), "skep_nothing"));
        Assert.Throws<InvalidDataException>(() => IteratorObject.Open([0x7f, 1, 2, 3]));
    }
}
