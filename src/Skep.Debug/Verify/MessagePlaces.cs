using System.Globalization;

namespace Skep.Debug.Verify;

/// <summary>The registers and stack slots that a message is about.</summary>
internal static class MessagePlaces
{
    /// <summary>Those of a message about a step; the first is the one that matters most.</summary>
    public static IReadOnlyList<ValuePlace> Of(string message, LogStep step)
    {
        var places = new List<ValuePlace>();
        if (StackRead(message) is { } slot) places.Add(ValuePlace.Slot(slot));
        foreach (int register in Registers(message))
            if (!places.Contains(ValuePlace.Of(register))) places.Add(ValuePlace.Of(register));

        // "arg#0" of kernel functions and "arg0" of trusted ones count from 0, "helper arg2" from 1.
        if (places.Count == 0 && Number(message, "arg#") is { } argument) places.Add(ValuePlace.Of(argument + 1));
        if (places.Count == 0 && Number(message, "helper arg") is { } helper) places.Add(ValuePlace.Of(helper));
        if (places.Count == 0 && Number(message, "trusted arg") is { } trusted) places.Add(ValuePlace.Of(trusted + 1));

        // Of an access whose message names no register, the one that it goes through.
        if (places.Count == 0 && message.StartsWith("invalid access to ", StringComparison.Ordinal)
            && StepEffect.AccessedThrough(step.Text) is >= 0 and var through) places.Add(ValuePlace.Of(through));
        return places;
    }

    // "invalid read from stack R2 off -8+0 size 8"; "R2 off=-8 size=8" below what the function has written so far, or outside of the stack
    private static int? StackRead(string message)
    {
        if (message.Contains("var_off=", StringComparison.Ordinal)) return null;
        if (message.IndexOf(" off=", StringComparison.Ordinal) is > 0 and var given)
            return StackReadWithin(message.AsSpan(given + " off=".Length), message);
        const string word = " off ";
        int at = message.IndexOf(word, StringComparison.Ordinal);
        if (at < 0 || !message.Contains("read from stack", StringComparison.Ordinal)) return null;
        ReadOnlySpan<char> rest = message.AsSpan(at + word.Length);
        int plus = rest.IndexOf('+');
        return plus > 0 && int.TryParse(rest[..plus], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset)
            && offset < 0 ? offset : null;
    }

    private static int? StackReadWithin(ReadOnlySpan<char> rest, string message)
    {
        const string word = " size=";
        const int stack = 512;
        int middle = rest.IndexOf(word, StringComparison.Ordinal);
        return middle > 0 && message.Contains("read from stack", StringComparison.Ordinal)
            && int.TryParse(rest[..middle], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int offset)
            && int.TryParse(rest[(middle + word.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out int size)
            && offset is < 0 and >= -stack && offset + size <= 0 ? offset : null;
    }

    private static IEnumerable<int> Registers(string message)
    {
        for (int i = 0; i + 1 < message.Length; i++)
        {
            if (message[i] != 'R' || (i > 0 && char.IsAsciiLetterOrDigit(message[i - 1])) || !char.IsAsciiDigit(message[i + 1])) continue;
            int end = i + 1;
            while (end < message.Length && char.IsAsciiDigit(message[end])) end++;
            if (int.TryParse(message.AsSpan(i + 1, end - i - 1), out int number) && number <= 10) yield return number;
        }
    }

    private static int? Number(string message, string word)
    {
        int at = message.IndexOf(word, StringComparison.Ordinal);
        return at >= 0 && at + word.Length < message.Length && char.IsAsciiDigit(message[at + word.Length])
            ? message[at + word.Length] - '0' : null;
    }
}
