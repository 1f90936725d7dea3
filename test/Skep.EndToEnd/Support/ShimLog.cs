using System.Buffers.Binary;
using System.Text;
using System.Text.Json;


namespace Skep.EndToEnd.Support;

/// <summary>A bpf(2) call as the preloaded shim saw it, in the process that made it.</summary>
internal sealed record ShimCall(JsonElement Line)
{
    public const int MapCreate = 0, ProgLoad = 5;

    public long Command => Line.Number("cmd")!.Value;

    public long Tid => Line.Number("tid")!.Value;

    /// <summary>What the kernel returned: a descriptor, 0, or a negative error.</summary>
    public long Return => Line.Number("ret")!.Value;

    public byte[] Attr => Line.Bytes("attr");

    public byte[] Insns => Line.Bytes("insns");

    public string License => Encoding.UTF8.GetString(Line.Bytes("license"));

    public string? Log => Line.Has("log") ? Encoding.UTF8.GetString(Line.Bytes("log")) : null;

    public long? Id => Line.Number("id");

    public string? Tag => Line.Text("tag");

    public uint U32(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Attr.AsSpan(at));

    public string Name(int at)
    {
        byte[] attr = Attr;
        if (attr.Length < at + 16) return "";
        ReadOnlySpan<byte> field = attr.AsSpan(at, 16);
        int end = field.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? field : field[..end]);
    }

    public static ShimCall[] Read(string file) =>
        File.Exists(file) ? [.. File.ReadLines(file).Select(line => new ShimCall(Json.Parse(line)))] : [];
}
