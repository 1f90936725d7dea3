using System.Text.Json;
using Skep.Debug.Dap.Wire;
using Skep.Debug.Debugger;
using Skep.Inventory.Code;
using Skep.Linux.Kernel;

namespace Skep.Debug.Dap;

/// <summary>The source files of a program: paths where they are on disk, else the lines that the program's BTF has.</summary>
internal sealed class SourceFiles
{
    private const int MostLines = 1 << 20;

    private readonly ProgramCode _code;
    private readonly string[] _files;
    private readonly string?[] _paths;

    /// <param name="code">The program.</param>
    /// <param name="program">The object file, beside which relative names are looked for too.</param>
    public SourceFiles(ProgramCode code, string program)
    {
        _code = code;
        _files = [.. code.Lines.Select(line => line.File).Where(file => file.Length > 0).Distinct(StringComparer.Ordinal)];
        string directory = Path.GetDirectoryName(Path.GetFullPath(program)) ?? "/";
        _paths = [.. _files.Select(
            file => ((string[])[Path.Combine(directory, file), Path.GetFullPath(file)]).FirstOrDefault(KernelFile.Exists))];
    }

    /// <summary>The files, as the compiler was given them.</summary>
    public IReadOnlyList<string> All => _files;

    /// <summary>The file that a client means; null for none of the program.</summary>
    /// <param name="source">What it names.</param>
    /// <param name="mistake">That several are meant; then it is null too.</param>
    public string? Find(SourceArgument? source, out string? mistake)
    {
        mistake = null;
        if (source?.SourceReference is > 0 and var reference) return reference <= _files.Length ? _files[reference - 1] : null;
        if (source?.Path is not { Length: > 0 } path) return null;
        int found = Array.IndexOf(_paths, path);
        if (found >= 0) return _files[found];
        return SourceNames.TryFind(_files, path, isElsewhere: true, out string? file, out mistake) ? file : null;
    }

    /// <summary>Writes a <c>Source</c>.</summary>
    public void Write(Utf8JsonWriter json, string file)
    {
        int number = Array.IndexOf(_files, file);
        json.WriteStartObject();
        json.WriteString("name", Path.GetFileName(file));
        json.WriteString("path", _paths[number] ?? file);
        if (_paths[number] is null)
        {
            json.WriteNumber("sourceReference", number + 1);
            json.WriteString("origin", "the lines of the program's BTF");
        }

        json.WriteEndObject();
    }

    /// <summary>What BTF has of a file: the lines that have code, and empty ones between them.</summary>
    public string Text(string file)
    {
        var lines = new SortedDictionary<int, string>();
        foreach (CodeLine line in _code.Lines)
            if (line.File == file && line.Line is > 0 and <= MostLines) lines[line.Line] = line.Text;
        var text = new System.Text.StringBuilder();
        int at = 1;
        foreach ((int number, string line) in lines)
        {
            text.Append('\n', number - at).Append(line.ReplaceLineEndings(" "));
            at = number;
        }

        return text.Append('\n').ToString();
    }
}
