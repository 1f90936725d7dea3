namespace Skep.Watch;

/// <summary>The kernel side, compiled from bpf/ and embedded in this assembly.</summary>
internal static class EmbeddedObject
{
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(EmbeddedObject).Assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
