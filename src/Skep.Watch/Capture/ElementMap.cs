using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Bpf.Core;
using Skep.Linux.Errors;
using Skep.Linux.Files;
using Skep.Watch.Layouts;

namespace Skep.Watch.Capture;

/// <summary>The counts of element operations, by map, command and process.</summary>
/// <remarks>
/// They are read by an iterator (Linux 5.9): while bpf(2) reads an element, the kernel runs no programs of kprobes and perf events on that
/// CPU, and a kernel that preempts the reader there would miss the calls of others.
/// </remarks>
/// <param name="map">The kernel side's map.</param>
/// <param name="iterator">Over the map, of bpf/watch/elements.bpf.c; null where the kernel has none.</param>
internal sealed class ElementMap(BpfMap map, BpfLink? iterator = null) : IDisposable
{
    private const string ObjectName = "elements.bpf.o", Iterator = "skep_elements";
    private const int ReadBytes = 1 << 16;

    /// <summary>Those of a map, which is disposed of with them.</summary>
    public static ElementMap Open(BpfMap map, Btf kernel)
    {
        try
        {
            IteratorObject iterators = IteratorObject.Open(EmbeddedObject.Read(typeof(ElementMap).Assembly, ObjectName));
            using BpfProgram? program = iterators.Prepare(kernel, Iterator).Load()[0];
            return new ElementMap(map, program is null ? null : BpfLink.AttachIterator(program, map));
        }
        catch (Exception e) when (e is KernelException or NotSupportedException)
        {
            return new ElementMap(map);
        }
    }

    /// <summary>All of them.</summary>
    public List<(ElementKeyRecord Key, ElementCountRecord Count)> Read()
    {
        var elements = new List<(ElementKeyRecord Key, ElementCountRecord Count)>();
        if (iterator is null)
        {
            BpfMapEntries entries = map.ReadAll();
            for (int i = 0; i < entries.Count; i++) elements.Add(Element(entries.Key(i), entries.Value(i)));
            return elements;
        }

        int keyBytes = Marshal.SizeOf<ElementKeyRecord>(), bytes = keyBytes + Marshal.SizeOf<ElementCountRecord>();
        using Stream pass = iterator.OpenIterator();
        using var records = new MemoryStream();
        pass.CopyTo(records, ReadBytes);
        ReadOnlySpan<byte> rest = records.GetBuffer().AsSpan(0, (int)records.Length);
        for (; rest.Length >= bytes; rest = rest[bytes..]) elements.Add(Element(rest, rest[keyBytes..]));
        return elements;
    }

    /// <summary>Makes room for another; false when it is not there.</summary>
    public bool Remove(in ElementKeyRecord key) => map.Delete(MemoryMarshal.AsBytes(new ReadOnlySpan<ElementKeyRecord>(in key)));

    /// <inheritdoc/>
    public void Dispose()
    {
        iterator?.Dispose();
        map.Dispose();
    }

    private static (ElementKeyRecord Key, ElementCountRecord Count) Element(ReadOnlySpan<byte> key, ReadOnlySpan<byte> count) =>
        (MemoryMarshal.Read<ElementKeyRecord>(key), MemoryMarshal.Read<ElementCountRecord>(count));
}
