using System.CommandLine;
using System.Globalization;
using Skep.Bpf;
using Skep.Cli.Common;
using Skep.Maps.Dump;

namespace Skep.Cli.Map;

/// <summary><c>skep map dump</c>, <c>lookup</c>, <c>peek</c> and <c>getnext</c>.</summary>
internal static class MapDumpCommand
{
    private static readonly string[] KeyWords = ["key", "hex"];

    public static Command CreateDump()
    {
        var words = new Argument<string[]>("MAP") { Description = MapSpecifier.Description, Arity = ArgumentArity.OneOrMore };
        (Option<bool> json, Option<bool> pretty) = JsonOptions();
        var dump = new Command("dump", "Shows all entries of a map: by their types where it has them, else as bytes.") { words, json, pretty };
        dump.SetAction(parsed =>
        {
            List<BpfMap>? maps = MapSpecifier.OpenAll(parsed.GetValue(words)!, out string? mistake);
            if (maps is null) return Talk.Error(mistake!, ExitCode.Usage);
            try
            {
                DumpForm form = Form(parsed.GetValue(json), parsed.GetValue(pretty));
                if (maps.Find(map => map.Info.KeySize == 0) is { } keyless)
                {
                    if (form != DumpForm.Text) Data.WriteJson(pretty: false, static output => output.WriteRawValue("[]"));
                    return Talk.Error(Keyless("dump", keyless.Info), ExitCode.NotPermitted);
                }

                Data.Write(output => new MapDump(output, form).Write(maps));
            }
            finally
            {
                maps.ForEach(map => map.Dispose());
            }

            return ExitCode.Done;
        });
        return dump;
    }

    public static Command CreateLookup()
    {
        var words = new Argument<string[]>("MAP key DATA")
        {
            Description = $"{MapSpecifier.Description}, then key and its bytes (key 0x0a 0 0 0, or key hex 0a 00 00 00); a queue or a stack has no key.",
            Arity = ArgumentArity.OneOrMore,
        };
        (Option<bool> json, Option<bool> pretty) = JsonOptions();
        var lookup = new Command("lookup", "Shows the value of a key; of a queue or a stack, the one that is next, which stays there.") { words, json, pretty };
        lookup.Aliases.Add("peek");
        lookup.SetAction(parsed =>
        {
            if (OpenWithKey(parsed.GetValue(words)!, out BpfMap? map, out byte[]? key, out string? mistake) is not true) return Talk.Error(mistake!, ExitCode.Usage);
            using (map)
            {
                bool found = false;
                Data.Write(output => found = new MapDump(output, Form(parsed.GetValue(json), parsed.GetValue(pretty))).WriteOne(map!, key ?? []));
                return found ? ExitCode.Done : ExitCode.Failed;
            }
        });
        return lookup;
    }

    private static bool OpenWithKey(string[] words, out BpfMap? map, out byte[]? key, out string? mistake)
    {
        key = null;
        int split = Array.IndexOf(words, KeyWords[0]);
        map = MapSpecifier.OpenOne(split < 0 ? words : words[..split], out mistake);
        if (map is null) return false;
        uint size = map.Info.KeySize;
        if (split >= 0) key = ParseBytes(words.AsSpan(split + 1));
        if ((split < 0 && size == 0) || (key is not null && key.Length == size)) return true;
        mistake = key is null && split >= 0 ? "a key is given in bytes of 0 to 255 (key 10 0 0 0, key 0x0a 0 0 0, or key hex 0a 00 00 00)"
            : $"the map has keys of {size} bytes, and {key?.Length ?? 0} were given (give key and its bytes)";
        map.Dispose();
        return false;
    }

    // As bpftool: strtoul's bases, or all hexadecimal.
    private static byte[]? ParseBytes(ReadOnlySpan<string> words)
    {
        bool hex = words.Length > 0 && words[0] == KeyWords[1];
        var bytes = new List<byte>();
        foreach (string word in hex ? words[1..] : words)
        {
            bool prefixed = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
            string digits = prefixed ? word[2..] : word;
            if (!byte.TryParse(digits, hex || prefixed ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out byte one)) return null;
            bytes.Add(one);
        }

        return [.. bytes];
    }

    internal static string Keyless(string verb, BpfMapInfo info)
    {
        string remedy = info.Type switch
        {
            BpfMapType.Ringbuf or BpfMapType.UserRingbuf => $"follow its records: skep map tap id {info.Id}",
            BpfMapType.Queue or BpfMapType.Stack => $"look at the next one: skep map peek id {info.Id}",
            _ => "it has no entries that can be listed",
        };
        return $"{verb} map {info.Id}: a {info.Type.Name()} has no keys ({remedy})";
    }

    internal static (Option<bool> Json, Option<bool> Pretty) JsonOptions() => (
        new Option<bool>("--json", "-j") { Description = "JSON with bpftool's keys." },
        new Option<bool>("--pretty", "-p") { Description = "JSON over several lines." });

    private static DumpForm Form(bool json, bool pretty) => pretty ? DumpForm.Pretty : json ? DumpForm.Json : DumpForm.Text;
}
