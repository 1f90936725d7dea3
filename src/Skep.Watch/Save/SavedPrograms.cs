using Skep.Inventory.Code;
using Skep.Isa;
using Skep.Linux.Files;

namespace Skep.Watch.Save;

/// <summary>Finds programs in a directory that <see cref="ProgramStore"/> filled.</summary>
public static class SavedPrograms
{
    /// <summary>
    /// The file with the instructions of a program as it was loaded: those that recompute to its tag. Of several, which differ in
    /// the descriptors of maps only, the one that was seen as the program of this id, else the first by name.
    /// </summary>
    /// <param name="directory">The directory.</param>
    /// <param name="tag">The tag: 16 hex digits.</param>
    /// <param name="id">The program's id; 0 when it is not known.</param>
    /// <returns>Null when there is none.</returns>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static string? Find(string directory, string tag, uint id)
    {
        string[] found = [.. All(directory).Where(file => HasTag(file, tag))];
        string? ofId = Array.Find(found, file => id != 0 && SavedEvent.Read(Path.ChangeExtension(file, ".json"))?.Id == id);
        return ofId ?? found.FirstOrDefault();
    }

    /// <summary>The files with instructions, in the order of their names.</summary>
    /// <exception cref="IOException">The directory cannot be read.</exception>
    public static IReadOnlyList<string> All(string directory) =>
        [.. Directory.EnumerateFiles(directory, "*.bin").Order(StringComparer.Ordinal)];

    private static bool HasTag(string file, string tag)
    {
        byte[] bytes;
        try
        {
            bytes = InputFile.ReadBytes(file, InputLimit.SavedCode);
        }
        catch (IOException)
        {
            // Not what --save writes: the programs beside it are still found.
            return false;
        }

        if (bytes.Length == 0 || bytes.Length % Instruction.Size != 0) return false;
        foreach (TagHash hash in Enum.GetValues<TagHash>())
        {
            byte[] digest = ProgramTag.Compute(Decoder.Slots(bytes), hash);
            if (Convert.ToHexStringLower(digest.AsSpan(0, ProgramTag.TagSize)) == tag) return true;
        }

        return false;
    }
}
