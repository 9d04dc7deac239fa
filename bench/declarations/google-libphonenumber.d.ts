// What bench/numbers uses of it.
declare module "google-libphonenumber" {
  export interface PhoneNumber {
    getCountryCode(): number;
  }

  export class PhoneNumberUtil {
    static getInstance(): PhoneNumberUtil;
    getSupportedRegions(): string[];
    getCountryCodeForRegion(region: string): number;
    getExampleNumberForType(region: string, type: number): PhoneNumber | undefined;
    getNationalSignificantNumber(number: PhoneNumber): string;
    parse(text: string, region?: string): PhoneNumber;
    isValidNumber(number: PhoneNumber): boolean;
    isPossibleNumber(number: PhoneNumber): boolean;
    format(number: PhoneNumber, format: number): string;
  }

  const library: {
    PhoneNumberUtil: typeof PhoneNumberUtil;
    PhoneNumberFormat: { E164: number; NATIONAL: number };
    PhoneNumberType: Record<string, number>;
  };
  export default library;
}
