using System.Runtime.InteropServices;
using System.Text.Json;
using Skep.Linux.Errors;
using Skep.Linux.Kernel;

namespace Skep.Bpf.Tests;

[Collection("kernel")]
[Trait("level", "kernel")]
public sealed class BpfMapKernelTests : OpenDescriptors
{
    [Fact]
    public void Information_is_bpftools()
    {
        using BpfMap map = BpfMap.Create(
            new BpfMapSpec(BpfMapType.LpmTrie, 8, 12, 100) { Name = "a.long-name_of_a_map", Flags = MapFlags.NoPreallocation });
        using JsonDocument json = JsonDocument.Parse(Tool.Run(Tool.Bpftool, "-j", "map", "show", "id", $"{map.Info.Id}"));
        JsonElement shown = json.RootElement;
        Assert.Equal(shown.GetProperty("type").GetString(), map.Info.Type.Name());
        Assert.Equal(shown.GetProperty("name").GetString(), map.Info.Name);
        Assert.Equal("a.long_name_of_", map.Info.Name);
        Assert.Equal(shown.GetProperty("bytes_key").GetUInt32(), map.Info.KeySize);
        Assert.Equal(shown.GetProperty("bytes_value").GetUInt32(), map.Info.ValueSize);
        Assert.Equal(shown.GetProperty("max_entries").GetUInt32(), map.Info.MaxEntries);
        Assert.Equal(shown.GetProperty("flags").GetUInt32(), map.Info.Flags);
        Assert.Contains(map.Info.Id, KernelObjects.MapIds());
    }

    [Fact]
    public void Elements_are_set_found_walked_and_removed()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 8, 2));
        Span<byte> value = stackalloc byte[8];
        Assert.False(map.TryLookup(Key(1), value));
        map.Update(Key(1), Value(11));
        map.Update(Key(2), Value(22), BpfMapUpdate.NoExist);
        Assert.True(map.TryLookup(Key(2), value));
        Assert.Equal(22, MemoryMarshal.Read<long>(value));
        Assert.Equal("E2BIG", Assert.Throws<BpfException>(() => map.Update(Key(3), Value(33))).Error.Name);
        Assert.Equal("EEXIST", Assert.Throws<BpfException>(() => map.Update(Key(1), Value(1), BpfMapUpdate.NoExist)).Error.Name);
        Assert.Equal("ENOENT", Assert.Throws<BpfException>(() => map.Update(Key(9), Value(1), BpfMapUpdate.Exist)).Error.Name);
        var seen = new List<int>();
        byte[] key = [], next = new byte[4];
        while (map.TryNextKey(key, next))
        {
            seen.Add(BitConverter.ToInt32(next));
            key = [.. next];
        }

        Assert.Equal([1, 2], seen.Order());
        Assert.True(map.TryLookupAndDelete(Key(1), value));
        Assert.Equal(11, MemoryMarshal.Read<long>(value));
        Assert.True(map.Delete(Key(2)));
        Assert.False(map.Delete(Key(2)));
        Assert.Throws<ArgumentException>(() => map.Delete(new byte[5]));
        Assert.Throws<ArgumentException>(() => map.Update(Key(1), new byte[7]));
    }

    [Theory]
    [InlineData(BpfMapType.Hash)]
    [InlineData(BpfMapType.LruHash)]
    [InlineData(BpfMapType.Array)]
    [InlineData(BpfMapType.PercpuHash)]
    [InlineData(BpfMapType.PercpuArray)]
    public void Batches_give_what_was_put(BpfMapType type)
    {
        const int count = 5000;
        using BpfMap map = BpfMap.Create(new BpfMapSpec(type, 4, 12, count * 2));
        Assert.Equal(type is BpfMapType.PercpuHash or BpfMapType.PercpuArray, map.Info.IsPerCpu);
        int size = map.Info.UserValueSize;
        Assert.Equal(map.Info.IsPerCpu ? 16 * PossibleCpus.Count : 12, size);
        byte[] keys = new byte[count * 4], values = new byte[count * size];
        for (int i = 0; i < count; i++)
        {
            BitConverter.TryWriteBytes(keys.AsSpan(i * 4), i);
            int stride = map.Info.IsPerCpu ? map.Info.PerCpuStride : 12;
            for (int at = i * size; at < (i + 1) * size; at += stride) BitConverter.TryWriteBytes(values.AsSpan(at), i * 3 + at % size);
        }

        map.UpdateBatch(keys, values);
        BpfMapEntries all = map.ReadAll();
        var found = new Dictionary<int, byte[]>();
        for (int i = 0; i < all.Count; i++) found.Add(BitConverter.ToInt32(all.Key(i)), all.Value(i).ToArray());
        Assert.Equal(type is BpfMapType.Array or BpfMapType.PercpuArray ? count * 2 : count, found.Count);
        for (int i = 0; i < count; i++) Assert.Equal(values[(i * size)..((i + 1) * size)], found[i]);
        if (type is BpfMapType.Array or BpfMapType.PercpuArray) return;
        Assert.Equal(count, map.DeleteBatch([.. Key(-1), .. keys, .. Key(-2)]));
        Assert.Equal(0, map.ReadAll().Count);
    }

    [Fact]
    public void Types_without_batches_are_read_and_written_key_by_key()
    {
        using BpfMap inner = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 1));
        using BpfMap outer = BpfMap.Create(new BpfMapSpec(BpfMapType.ProgArray, 4, 4, 8));
        using BpfProgram program = BpfProgram.Load(BpfProgramType.Xdp, Code.Return(2), new ProgramLoadOptions());
        outer.Update(Key(3), program);
        BpfMapEntries entries = outer.ReadAll();
        Assert.Equal(1, entries.Count);
        Assert.Equal(3, BitConverter.ToInt32(entries.Key(0)));
        Assert.Equal(program.GetInfo().Id, BitConverter.ToUInt32(entries.Value(0)));
    }

    [Fact]
    public void Typed_elements_are_those_of_bytes()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 8, 4, 10));
        map.Update(5ul, 77u);
        Assert.True(map.TryLookup(5ul, out uint value));
        Assert.Equal(77u, value);
        Assert.False(map.TryLookup(6ul, out value));
        Assert.Equal(0u, value);
        Assert.Throws<ArgumentException>(() => map.TryLookup(5u, out uint _));
        Assert.Throws<InvalidOperationException>(() => map.TryLookupPerCpu(5ul, new uint[PossibleCpus.Count]));
    }

    [Fact]
    public void Each_cpu_has_its_value()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.PercpuHash, 4, 4, 10));
        uint[] expected = [.. Enumerable.Range(0, PossibleCpus.Count).Select(i => 100u + (uint)i)];
        map.Update(Key(1), [.. expected.SelectMany(v => BitConverter.GetBytes((ulong)v))]);
        var values = new uint[PossibleCpus.Count];
        Assert.True(map.TryLookupPerCpu(1u, values));
        Assert.Equal(expected, values);
        Assert.False(map.TryLookupPerCpu(2u, values));
        Assert.Throws<ArgumentException>(() => map.TryLookupPerCpu(1u, new ulong[PossibleCpus.Count]));
    }

    [Fact]
    public void Maps_hold_maps()
    {
        using BpfMap inner = BpfMap.Create(new BpfMapSpec(BpfMapType.Hash, 4, 4, 1));
        using BpfMap outer = BpfMap.Create(new BpfMapSpec(BpfMapType.HashOfMaps, 4, 4, 8) { InnerMap = inner });
        outer.Update(Key(5), inner);
        Span<byte> value = stackalloc byte[4];
        Assert.True(outer.TryLookup(Key(5), value));
        Assert.Equal(inner.Info.Id, MemoryMarshal.Read<uint>(value));
    }

    [Fact]
    public void Mapped_values_are_shared_with_the_kernel()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 12, 3) { Flags = MapFlags.Mappable });
        using BpfMapMemory memory = map.MapValues(writable: true);
        Assert.Equal(48, memory.Length);
        memory.Write(16, BitConverter.GetBytes(77));
        var value = new byte[12];
        Assert.True(map.TryLookup(Key(1), value));
        Assert.Equal(77, BitConverter.ToInt32(value));
        map.Update(Key(2), [.. BitConverter.GetBytes(88), .. new byte[8]]);
        Assert.Equal(88, memory.Read<int>(32));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read<int>(46));
        using BpfMapMemory readOnly = map.MapValues(writable: false);
        Assert.Throws<InvalidOperationException>(() => readOnly.Write(0, [1]));
    }

    [Fact]
    public void A_frozen_map_is_not_written()
    {
        using BpfMap map = BpfMap.Create(new BpfMapSpec(BpfMapType.Array, 4, 4, 1));
        map.Freeze();
        Assert.Equal("EPERM", Assert.Throws<BpfException>(() => map.Update(Key(0), Key(1))).Error.Name);
    }

    [Fact]
    public void What_does_not_exist_is_said_so()
    {
        Assert.Null(BpfMap.TryOpenById(uint.MaxValue - 1, out Errno error));
        Assert.Equal("ENOENT", error.Name);
        BpfException e = Assert.Throws<BpfException>(() => BpfProgram.OpenById(uint.MaxValue - 1));
        Assert.Equal(
            $"open program {uint.MaxValue - 1}: ENOENT: No such file or directory (skep prog list shows the ids that there are)",
            e.Message);
        Assert.Throws<NotSupportedByKernelException>(() => BpfMap.Create(new BpfMapSpec((BpfMapType)200, 4, 4, 1)));
    }

    private static byte[] Key(int value) => BitConverter.GetBytes(value);

    private static byte[] Value(long value) => BitConverter.GetBytes(value);
}
